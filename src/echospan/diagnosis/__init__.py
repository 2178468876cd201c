"""Where memory is lost, from the data to the trained model: `echospan.diagnose`."""
