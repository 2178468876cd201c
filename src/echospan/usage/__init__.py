"""How far back a trained model looks: its loss and answers with the older inputs taken away."""
