complete --keep-order --exclusive --command jobs --arguments "(_JOBS_COMPLETE=fish jobs -- (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token))"
