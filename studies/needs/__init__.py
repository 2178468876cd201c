"""What `needs` says of processes whose memory is known, beside its peers."""
