"""Where candidates come from: a GFlowNet, genetic exploration, and the library."""
