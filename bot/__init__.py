"""What hears and speaks: the process, its gateways, inbox, outbox, clock and command line."""
