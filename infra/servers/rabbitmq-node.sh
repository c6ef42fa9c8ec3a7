#!/bin/sh
# rabbitmq-node.sh SERVER FOLDER PORT DIST_PORT EPMD_PORT
#
# Becomes a RabbitMQ node that listens on 127.0.0.1 only, without plugins, with everything it writes below FOLDER. SERVER is
# the file `rabbitmq-server`. Erlang's port mapper runs beside it, on its own port, and exits after it.
set -eu
server=$1 folder=$2 port=$3 dist_port=$4 epmd_port=$5

mkdir -p "$folder"
export HOME="$folder" ERL_CRASH_DUMP="$folder/erl_crash.dump"
# of a package that is unpacked and not installed, Erlang is beside it
PATH="$(cd "$(dirname "$server")/../../../../.." && pwd)/bin:$PATH"
export PATH
export ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT="$epmd_port"
export RABBITMQ_NODENAME="tidewater-$port@localhost" RABBITMQ_USE_LONGNAME=false
export RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_NODE_PORT="$port" RABBITMQ_DIST_PORT="$dist_port"
export RABBITMQ_MNESIA_BASE="$folder/data" RABBITMQ_LOG_BASE="$folder/logs" RABBITMQ_LOGS=-
export RABBITMQ_CONF_ENV_FILE="$folder/no-environment" RABBITMQ_CONFIG_FILE="$folder/rabbitmq.conf"
export RABBITMQ_ADVANCED_CONFIG_FILE="$folder/no-advanced.config" RABBITMQ_ENABLED_PLUGINS_FILE="$folder/plugins"
# with input allowed the script becomes the node, so that signals reach it; -noinput prevents it from reading any
export RABBITMQ_ALLOW_INPUT=true
export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-noinput -kernel inet_dist_use_interface {127,0,0,1} +S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none"
printf '[].\n' >"$RABBITMQ_ENABLED_PLUGINS_FILE"
printf 'log.console.level = warning\n' >"$RABBITMQ_CONFIG_FILE"

# true once the port mapper responds (1) or has exited (0), within five seconds
mapper_is() {
  tries=0
  while if epmd -port "$epmd_port" -names >/dev/null 2>&1; then [ "$1" = 0 ]; else [ "$1" = 1 ]; fi; do
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] || return 1
    sleep 0.05
  done
}

# that of a node which was killed a moment ago has still to end
mapper_is 0 || { echo "another epmd listens on 127.0.0.1:$epmd_port" >&2; exit 1; }
node=$$
(
  exec </dev/null >/dev/null 2>&1
  epmd -address 127.0.0.1 -port "$epmd_port" &
  epmd=$!
  while kill -0 "$node"; do sleep 0.5; done
  kill "$epmd"
) &
# a node that finds no port mapper starts one that stays
mapper_is 1 || { echo "epmd does not start on 127.0.0.1:$epmd_port" >&2; exit 1; }
exec sh "$server"
