# fish completion for pitrctl(1)

# The command so far: "", "list", "restore-point", "restore-point create" ...
function __pitrctl_command
    set -l words (commandline -opc)
    set -l command
    set -l skip 0
    for word in $words[2..-1]
        if test $skip = 1
            set skip 0
            continue
        end
        switch $word
            case -r --repo --config -j --jobs --engine --compression --timeline --since --until --limit --level \
                --source --target-dir --to-lsn --to-time --to-xid --to-restore-point --snapshot --time-tolerance \
                --description --checkpoint --primary --wait --tablespace --target-action --pg-bindir \
                --repository-id --require-through --prefetch --ahead --source-key-file
                set skip 1
            case '-*'
            case '*'
                set -a command $word
                if test "$command[1]" != restore-point -o (count $command) = 2
                    break
                end
        end
    end
    string join ' ' -- $command
end

function __pitrctl_is
    set -l command (__pitrctl_command)
    contains -- "$command" $argv
end

complete -c pitrctl -f
complete -c pitrctl -s r -l repo -x -a '(__fish_complete_directories)' -d 'The repository'
complete -c pitrctl -l config -r -F -d 'Read options from a TOML file'
complete -c pitrctl -l json -d 'Print one JSON document'
complete -c pitrctl -s q -l quiet -d 'Print nothing about what went well'
complete -c pitrctl -s v -l verbose -d 'Print more detail'
complete -c pitrctl -s j -l jobs -x -d 'Work on up to N objects at once'
complete -c pitrctl -s h -l help -d 'Show help'
complete -c pitrctl -l version -d 'Show the version'

complete -c pitrctl -n '__pitrctl_is ""' -a init -d 'Create an empty repository'
complete -c pitrctl -n '__pitrctl_is ""' -a archive -d 'Archive what is new'
complete -c pitrctl -n '__pitrctl_is ""' -a snapshot -d 'Take a base snapshot'
complete -c pitrctl -n '__pitrctl_is ""' -a fetch -d 'Give PostgreSQL a file of its log'
complete -c pitrctl -n '__pitrctl_is ""' -a list -d 'Show which points can be restored'
complete -c pitrctl -n '__pitrctl_is ""' -a validate -d 'Prove the repository good'
complete -c pitrctl -n '__pitrctl_is ""' -a restore -d 'Restore the database as it was at one point'
complete -c pitrctl -n '__pitrctl_is ""' -a restore-point -d 'Give a point a name'

complete -c pitrctl -n '__pitrctl_is init' -l engine -x -a 'sqlite postgresql sochdb' -d 'Kind of database'
complete -c pitrctl -n '__pitrctl_is init' -l compression -x -a 'none zstd lz4 snappy' -d 'How to compress'

complete -c pitrctl -n '__pitrctl_is archive snapshot "restore-point create"' -F
complete -c pitrctl -n '__pitrctl_is archive snapshot "restore-point create"' -l no-bridge -d 'Fail where the log does not go on'
complete -c pitrctl -n '__pitrctl_is archive snapshot "restore-point create"' -l same-database -d 'The archived database, moved or rebuilt'
complete -c pitrctl -n '__pitrctl_is archive snapshot "restore-point create"' -l new-timeline -d 'A copy or a branch'
complete -c pitrctl -n '__pitrctl_is archive' -l ahead -x -d 'Archive up to N more segments that wait'

complete -c pitrctl -n '__pitrctl_is archive snapshot list validate restore "restore-point create"' -l source-key-file -r -F -d 'The key of an encrypted database'

complete -c pitrctl -n '__pitrctl_is snapshot "restore-point create"' -l wait -x -d 'Wait this long for the log of a server'
complete -c pitrctl -n '__pitrctl_is snapshot' -l checkpoint -x -a 'fast spread' -d 'How a server prepares'
complete -c pitrctl -n '__pitrctl_is snapshot' -l primary -r -F -d 'The primary of a standby'
complete -c pitrctl -n '__pitrctl_is "restore-point create"' -l no-wait -d 'Do not wait for the log of a server'

complete -c pitrctl -n '__pitrctl_is fetch' -F
complete -c pitrctl -n '__pitrctl_is fetch' -l repository-id -x -d 'Fail unless it is this repository'
complete -c pitrctl -n '__pitrctl_is fetch' -l timeline -x -d 'The timeline on which recovery ends'
complete -c pitrctl -n '__pitrctl_is fetch' -l require-through -x -d 'Fail if what begins before this is missing'
complete -c pitrctl -n '__pitrctl_is fetch' -l prefetch -x -d 'Get N segments ahead of time'

complete -c pitrctl -n '__pitrctl_is list' -a 'overview windows snapshots segments timelines restore-points transactions'
complete -c pitrctl -n '__pitrctl_is list' -l timeline -x -d 'Only this timeline'
complete -c pitrctl -n '__pitrctl_is list' -l since -x -d 'Only what is not older'
complete -c pitrctl -n '__pitrctl_is list' -l until -x -d 'Only what is not younger'
complete -c pitrctl -n '__pitrctl_is list' -l limit -x -d 'Only the newest N'

complete -c pitrctl -n '__pitrctl_is validate' -l level -x -a 'chain checksums records' -d 'How deep to look'
complete -c pitrctl -n '__pitrctl_is validate' -l source -r -F -d 'Compare with the live database'

complete -c pitrctl -n '__pitrctl_is restore' -l target-dir -x -a '(__fish_complete_directories)' -d 'Where to restore to'
complete -c pitrctl -n '__pitrctl_is restore' -l dry-run -d 'Print the plan and write nothing'
complete -c pitrctl -n '__pitrctl_is restore' -l to-latest -d 'The end of everything archived'
complete -c pitrctl -n '__pitrctl_is restore' -l to-lsn -x -d 'A position in the log'
complete -c pitrctl -n '__pitrctl_is restore' -l to-time -x -d 'A time with its zone'
complete -c pitrctl -n '__pitrctl_is restore' -l to-xid -x -d 'A transaction'
complete -c pitrctl -n '__pitrctl_is restore' -l to-restore-point -x -d 'A restore point'
complete -c pitrctl -n '__pitrctl_is restore' -l immediate -d 'The snapshot itself'
complete -c pitrctl -n '__pitrctl_is restore' -l timeline -x -d 'Of this timeline'
complete -c pitrctl -n '__pitrctl_is restore' -l snapshot -x -d 'From this snapshot'
complete -c pitrctl -n '__pitrctl_is restore' -l exclusive -d 'Stop before the target'
complete -c pitrctl -n '__pitrctl_is restore' -l time-tolerance -x -d 'Accept a time between looks this far apart'
complete -c pitrctl -n '__pitrctl_is restore' -l tablespace -x -d 'Put a tablespace elsewhere'
complete -c pitrctl -n '__pitrctl_is restore' -l target-action -x -a 'promote pause shutdown' -d 'What the server does at the target'
complete -c pitrctl -n '__pitrctl_is restore' -l replay -d 'Run the server until it has recovered'
complete -c pitrctl -n '__pitrctl_is restore' -l archive -d 'Let the result archive its log'
complete -c pitrctl -n '__pitrctl_is restore' -l delta -d 'Write only what differs'
complete -c pitrctl -n '__pitrctl_is restore' -l force -d 'Remove what is not of the database'
complete -c pitrctl -n '__pitrctl_is restore' -l pg-bindir -x -a '(__fish_complete_directories)' -d 'The programs of the server'
complete -c pitrctl -n '__pitrctl_is restore' -l generation-only -d 'Only what the database would find when opened'

complete -c pitrctl -n '__pitrctl_is restore-point' -a create -d 'Name the point reached'
complete -c pitrctl -n '__pitrctl_is restore-point' -a list -d 'List the restore points'
complete -c pitrctl -n '__pitrctl_is restore-point' -a delete -d 'Delete a name'
complete -c pitrctl -n '__pitrctl_is "restore-point create"' -l description -x -d 'A line for those who will look for it'
