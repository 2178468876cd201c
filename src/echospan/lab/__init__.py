"""The tutorial, trained networks, framings and sheets in the browser: `echospan lab`."""
