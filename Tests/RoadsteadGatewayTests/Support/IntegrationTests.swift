import Testing

/// Everything that runs a whole gateway over real sockets, one test at a time so that short heartbeats and timeouts stay meaningful.
@Suite(.serialized, .ownThread) struct IntegrationTests {}
