# bash completion for pitrctl(1)

# The options of a command ("" for none yet), besides the global ones.
_pitrctl_options() {
  case $1 in
    init) echo "--engine --compression" ;;
    archive) echo "--no-bridge --same-database --new-timeline --ahead --source-key-file" ;;
    snapshot) echo "--no-bridge --same-database --new-timeline --checkpoint --primary --wait --source-key-file" ;;
    fetch) echo "--repository-id --timeline --require-through --prefetch" ;;
    list) echo "--timeline --since --until --limit --source-key-file" ;;
    validate) echo "--level --source --source-key-file" ;;
    restore)
      echo "--target-dir --dry-run --to-latest --to-lsn --to-time --to-xid --to-restore-point --immediate" \
        "--timeline --snapshot --exclusive --time-tolerance --tablespace --target-action --replay --archive --delta" \
        "--force --pg-bindir --source-key-file --generation-only"
      ;;
    "restore-point create")
      echo "--description --no-bridge --same-database --new-timeline --no-wait --wait --source-key-file"
      ;;
  esac
}

# Whether an option takes a value.
_pitrctl_takes_value() {
  case $1 in
    -r | --repo | --config | -j | --jobs | --engine | --compression | --timeline | --since | --until | --limit | \
      --level | --source | --target-dir | --to-lsn | --to-time | --to-xid | --to-restore-point | --snapshot | \
      --time-tolerance | --description | --checkpoint | --primary | --wait | --tablespace | --target-action | \
      --pg-bindir | --repository-id | --require-through | --prefetch | --ahead | --source-key-file) return 0 ;;
  esac
  return 1
}

# Fills COMPREPLY for the value of an option; fails when nothing is known about it.
_pitrctl_value() {
  case $1 in
    -r | --repo | --target-dir | --pg-bindir) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$2") ;;
    --config | --source | --primary | --source-key-file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$2") ;;
    --engine) mapfile -t COMPREPLY < <(compgen -W "sqlite postgresql sochdb" -- "$2") ;;
    --compression) mapfile -t COMPREPLY < <(compgen -W "none zstd lz4 snappy" -- "$2") ;;
    --checkpoint) mapfile -t COMPREPLY < <(compgen -W "fast spread" -- "$2") ;;
    --target-action) mapfile -t COMPREPLY < <(compgen -W "promote pause shutdown" -- "$2") ;;
    --level) mapfile -t COMPREPLY < <(compgen -W "chain checksums records" -- "$2") ;;
  esac
}

_pitrctl() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local command="" arguments=0 i word
  COMPREPLY=()

  # "--repo=/x" arrives as three words.
  if [[ $current == "=" ]]; then
    current=""
  elif [[ $previous == "=" && COMP_CWORD -ge 2 ]]; then
    previous=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  if _pitrctl_takes_value "$previous"; then
    _pitrctl_value "$previous" "$current"
    return
  fi

  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if _pitrctl_takes_value "$word"; then
      ((i++))
      [[ ${COMP_WORDS[i]} == "=" ]] && ((i++))
    elif [[ $word == -* || $word == "=" ]]; then
      continue
    elif [[ -z $command ]]; then
      command=$word
    elif [[ $command == "restore-point" ]]; then
      command="$command $word"
    else
      ((arguments++))
    fi
  done

  if [[ $current == -* ]]; then
    local globals="-r --repo --config --json -q --quiet -v --verbose -j --jobs -h --help --version"
    mapfile -t COMPREPLY < <(compgen -W "$globals $(_pitrctl_options "$command")" -- "$current")
    return
  fi
  case $command in
    "") mapfile -t COMPREPLY < <(compgen -W \
      "init archive snapshot fetch list validate restore restore-point" -- "$current") ;;
    restore-point) mapfile -t COMPREPLY < <(compgen -W "create list delete" -- "$current") ;;
    list)
      ((arguments == 0)) && mapfile -t COMPREPLY < <(compgen -W \
        "overview windows snapshots segments timelines restore-points transactions" -- "$current")
      ;;
    archive | snapshot)
      if ((arguments == 0)); then
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
      fi
      ;;
    fetch | "restore-point create")
      if ((arguments == 1)); then
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
      fi
      ;;
  esac
}

complete -F _pitrctl pitrctl
