"""Readers of public databases on their native downloads, one a file."""
