# Completion of rung's subcommands, flags and the values that a flag may have, for bash.

_rung() {
  local current=${COMP_WORDS[COMP_CWORD]}
  local previous=${COMP_WORDS[COMP_CWORD - 1]}
  local policies='fixed rate bba bba-0 bba-1 bba-2 bola-basic bola-finite bola-o bola-u bola-e
    festive panda elastic mpc fast-mpc robust-mpc puffer-mpc puffer-robust-mpc dash-js l2a lol-plus soda hls-js shaka media3 vlc-rate vlc-predictive vlc-near-optimal'
  local estimators='last mean harmonic ewma ewma-hls-js ewma-shaka holt-winters sliding-percentile ar1 kalman'
  local formats='csv sabre pensieve mahimahi'
  local command=${COMP_WORDS[1]}
  local words=

  case $previous in
    --policy)
      [[ $command == simulate ]] && policies+=' oracle'
      if [[ $current == */* ]]; then
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return
      fi
      words=$policies
      ;;
    --estimator) words=$estimators ;;
    --from | --to) words=$formats ;;
    --trace-start) words='first-request launch' ;;
    --format)
      case $command in
        agree) words='table csv json' ;;
        predict) words='table csv json' ;;
        recommend) words='table json' ;;
        simulate) words='table csv jsonl stats' ;;
        *) words=$formats ;;
      esac
      ;;
    --qoe) words='lin log hd ssim vmaf' ;;
    --vmaf) words='auto always never' ;;
    --speed) words='superfast veryfast faster medium slow' ;;
  esac
  if [[ -n $words ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
    return
  fi

  if ((COMP_CWORD == 1)); then
    words='agree catalogue demo evaluate history home inspect measure package play predict recommend replay report serve simulate trace --help --version'
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
    return
  fi
  if [[ $command == trace ]] && ((COMP_CWORD == 2)); then
    mapfile -t COMPREPLY < <(compgen -W 'convert stats generate --help' -- "$current")
    return
  fi
  if [[ $command == recommend ]] && ((COMP_CWORD == 2)); then
    mapfile -t COMPREPLY < <(compgen -W 'evaluate explain next train --help' -- "$current")
    return
  fi
  if [[ $command == trace && ${COMP_WORDS[2]} == generate ]] && ((COMP_CWORD == 3)); then
    mapfile -t COMPREPLY < <(compgen -W 'constant step sawtooth markov outage --help' -- "$current")
    return
  fi

  case $command in
    agree) words='--session-log --trace --trace-start --overhead --rtt --format' ;;
    catalogue) words='--model --history --user --hour --device --count --json --ca-file --proxy --header --cookie-file --cmcd' ;;
    demo) words='--headless --policy --estimator --trace --rtt --title --seconds --logs --json' ;;
    evaluate) words='--policy-timeout --baseline --save-baseline --junit --markdown --html --timelines --session-log --regret --jobs --journal --continue --quiet' ;;
    history) words='--user --json --plays --stays --within --decisions --reward --forget' ;;
    home)
      words='--model --user --device --private --no-autoplay --no-explore --seed --no-prefetch --metered --cache-size --full-screen
        --policy --json --ca-file --proxy --header --cookie-file --cmcd'
      ;;
    inspect) words='--json --base-url --now-ms' ;;
    measure) words='--reference --vmaf --output' ;;
    package)
      words='--demo --demo-catalogue --output --segment-seconds --chunk --ladder --audio-kbps --speed --seconds --seed
        --frame-rate --language --audio --subtitles --thumbnails --encrypt --key --key-url --force --json
        --quiet'
      ;;
    play)
      words='--headless --policy --policy-timeout --estimator --session-log --scenario --start --resume --json
        --full-screen --volume --audio-language --subtitles --max-height --max-kbps --data-saver --latency --no-prefetch
        --metered --buffer --upgrades --key --ca-file --cache-size --catalogue --model --user --device --private --no-autoplay
        --titles
        --proxy --header --cookie-file --cmcd --config --profile'
      ;;
    predict) words='--estimator --bandwidth --segment --buffer --rtt --level --format' ;;
    recommend)
      case ${COMP_WORDS[2]} in
        evaluate) words='--format --seed --logged --target --row --largest-weight --confidence' ;;
        explain) words='--history --hour --device --json' ;;
        next) words='--history --count --position --within --hour --device --json' ;;
        train) words='--output --seed' ;;
      esac
      ;;
    replay) words='--policy --policy-timeout' ;;
    report) words='--html --policy --policy-timeout' ;;
    serve)
      words='--port --bind --trace --format --rtt --trace-start --faults --log --licence --connections --max-age
        --live --chunked --mpd-patch --window --clock-offset'
      ;;
    simulate)
      words='--policy --policy-timeout --estimator --trace --title --seed --jobs --format --output --rtt --buffer
        --startup --resume --never-abandon --upgrades --decisions --qoe --profile --overhead --sessions --stagger
        --capacity-factor --length --seek --rampup --live --chunk --quiet
        --viewing --prefetch --misstated --metered --grid --journal --continue'
      ;;
    trace)
      case ${COMP_WORDS[2]} in
        convert) words='--from --to --quiet' ;;
        stats) words='--format --window --outage-below --json --quiet' ;;
        generate)
          words='--output --to --duration --rtt --seed --rate --low --high --hold --down --period
            --step --states --noise'
          ;;
      esac
      ;;
  esac
  if [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words --help" -- "$current")
  else
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  fi
}

complete -o filenames -o bashdefault -F _rung rung
