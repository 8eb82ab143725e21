"""The laboratory in the loop: what it says, what to ask it next, and how its results come in."""
