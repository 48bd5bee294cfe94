#!/usr/bin/env bash
# A Slurm of one node, this machine, to try job scripts out: Debian's slurm-wlm and munge, all files in FOLDER.
#   oneNode.sh start FOLDER     then: export SLURM_CONF=FOLDER/slurm.conf
#   oneNode.sh stop FOLDER
set -euo pipefail
action=${1:-} folder=$(realpath -m "${2:?usage: oneNode.sh start|stop FOLDER}")
node=$(hostname -s)

start() {
  mkdir -p "$folder"/{state,spool}
  chmod 700 "$folder"
  dd if=/dev/urandom of="$folder/munge.key" bs=1024 count=1 status=none
  chmod 400 "$folder/munge.key"
  # Clients of any user may connect; the folder itself is the user's own.
  /usr/sbin/munged --force --key-file="$folder/munge.key" --socket="$folder/munge.socket" \
    --pid-file="$folder/munged.pid" --log-file="$folder/munged.log" --seed-file="$folder/munged.seed"
  # CPUs is what jobs may ask for, whatever the machine has.
  cat >"$folder/slurm.conf" <<CONF
ClusterName=one
SlurmctldHost=$node(127.0.0.1)
SlurmctldPort=${NASBENCH_SLURM_PORT:-27017}
SlurmdPort=$((${NASBENCH_SLURM_PORT:-27017} + 1))
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket
CredType=cred/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
ReturnToService=2
MailProg=/bin/true
NodeName=$node NodeAddr=127.0.0.1 CPUs=4 State=UNKNOWN
PartitionName=main Nodes=$node Default=YES MaxTime=INFINITE State=UP
CONF
  export SLURM_CONF=$folder/slurm.conf
  /usr/sbin/slurmctld -f "$SLURM_CONF"
  /usr/sbin/slurmd -f "$SLURM_CONF"
  for _ in $(seq 120); do
    if sinfo --noheader --format=%t 2>/dev/null | grep -q idle; then return; fi
    sleep 0.5
  done
  echo "oneNode.sh: the node did not come up, see $folder/slurmctld.log and slurmd.log" >&2
  exit 1
}

stop() {
  for daemon in slurmd slurmctld munged; do
    [ -s "$folder/$daemon.pid" ] || continue
    pid=$(cat "$folder/$daemon.pid")
    kill "$pid" 2>/dev/null || continue
    # It writes into the folder until it has ended.
    for _ in $(seq 100); do
      kill -0 "$pid" 2>/dev/null || break
      sleep 0.1
    done
  done
}

case $action in
  start | stop) "$action" ;;
  *)
    echo "usage: oneNode.sh start|stop FOLDER" >&2
    exit 2
    ;;
esac
