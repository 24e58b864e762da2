package main

import (
	"github.com/spf13/cobra"
)

// root is the tree of commands.
func (a *app) root() *cobra.Command {
	root := group("streamvault", "Every streamer's data in a database file of its own",
		a.initCommand(),
		a.serveCommand(),
		group("streamer", "Create, look at, change and remove streamers",
			a.streamerCreateCommand(), a.streamerListCommand(), a.streamerShowCommand(),
			a.streamerRenameCommand(), a.streamerCloneCommand(), a.streamerLimitCommand(),
			a.streamerSuspendCommand(), a.streamerResumeCommand(),
			a.streamerDeleteCommand(), a.streamerUndeleteCommand(), a.streamerPurgeCommand()),
		group("key", "Issue and withdraw access keys",
			a.keyCreateCommand(), a.keyListCommand(), a.keyRotateCommand(), a.keyRevokeCommand()),
		group("legacy", "Move in from the old single-tenant app",
			a.legacyImportCommand(), a.legacyListCommand(), a.legacyVerifyCommand(),
			a.legacyRollbackCommand(), a.legacySourceCommand()),
		group("backup", "Make backups, look at them and restore them",
			a.backupCreateCommand(), a.backupListCommand(), a.backupVerifyCommand(), a.backupDrillCommand(), a.backupPruneCommand(),
			a.restoreCommand("backup restore")),
		a.restoreCommand("restore"),
		a.exportCommand(),
		a.migrateCommand(),
		group("job", "Look at long work and stop it",
			a.jobListCommand(), a.jobShowCommand(), a.jobCancelCommand(), a.jobResumeCommand()),
		a.doctorCommand(),
		a.auditCommand(),
		a.versionCommand(),
	)
	root.Long = `Every streamer's data in a database file of its own, served over HTTP.

Commands work the same with and without a running server on the same data directory.
A setting comes from its flag, else from its variable (--max-open is STREAMVAULT_MAX_OPEN),
else from the config file (a JSON object of flag names), else from its default.`
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return flagError(err) })
	a.commonFlags(root)
	a.completions(root)
	return root
}
