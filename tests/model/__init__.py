"""Models of the protocol where it goes further than what it was found with: every order of steps, by exhaustion."""
