// Command streamvault runs the service and is its operators' tool.
//
// Rules:
//
//   - One door: every operation is a route of api's control handler. A command is a client
//     of it, over DATA/control.sock when a server owns the directory, else over a pipe to
//     the same handler in its own process, which takes the directory for that moment.
//   - One file per subcommand. Commands parse, ask and print; what is done is done below.
//   - Data goes to stdout, everything else to stderr. Exit codes: 0 done, 1 failed, 2 wrong
//     usage, 3 some shards failed. A refusal is one line, and with --json a document with a stable code too.
//   - A setting comes from its flag, else its variable, else the config file, else its
//     default. Secrets are never taken from the command line.
package main
