"""What families see: the way to a request, and the private page of each."""
