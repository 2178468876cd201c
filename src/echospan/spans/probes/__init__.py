"""What is measured in a trained model: checks, reach, bits held, scores on other sequences."""
