#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Called by install, as root in a bare Debian of its own: from no package to a running daemon, an
# upgrade under it, and back.
set -eu
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin

failed() {
  echo "FAILED: $*"
  cat /log 2>/dev/null || true
  exit 1
}

within() { # SECONDS COMMAND...: it succeeds in time
  limit=$(($1 * 10))
  shift
  until "$@" >/dev/null 2>&1; do
    limit=$((limit - 1))
    [ "$limit" -gt 0 ] || failed "in vain: $*"
    sleep 0.1
  done
}

all_run() { [ "$(holdfastctl status --json | grep -c '"state": "running"')" -eq 2 ]; }
took_over() { [ "$(grep -c 'upgrade: the new version takes over' /log)" -eq 1 ]; }
gone() { ! kill -0 "$daemon"; }

dpkg --install /packages/*.deb >/dev/null 2>/log || failed "installation"
rm /log

holdfastd --version
for file in /usr/share/doc/holdfast/examples/*.yaml; do
  holdfastctl check "$file" || failed "$file is not valid"
done
for page in holdfastd.8 holdfastctl.8 holdfast.yaml.5; do
  man "${page##*.}" "${page%.*}" | grep -q NAME || failed "no manual page $page"
done
man holdfastctl | grep -q 'server drain' || failed "holdfastctl(8) does not know of drain"
for user in vrrp check balance monitor script; do
  id "holdfast-$user" >/dev/null || failed "no user holdfast-$user"
done

cat >/etc/holdfast/holdfast.yaml <<'END'
version: 1
vrrp:
  instances:
    - {name: web, interface: eth0, virtual_router_id: 51, addresses: [192.0.2.10/24]}
END
chmod 644 /etc/holdfast/holdfast.yaml
holdfastd 2>/log &
daemon=$!
within 30 all_run
echo "it runs, with its workers of /usr/libexec"

dpkg --install /packages/*.deb >/upgrade 2>&1 || failed "the upgrade: $(cat /upgrade)"
within 10 took_over
within 30 all_run
kill -0 "$daemon" || failed "the upgrade ended the daemon"
echo "an upgrade of the package leaves it running"

echo 'vrrp: {' >>/etc/holdfast/holdfast.yaml
dpkg --install /packages/*.deb >/upgrade 2>&1 || failed "the upgrade: $(cat /upgrade)"
grep -q 'the version that ran before goes on' /upgrade || failed "a faulty file: $(cat /upgrade)"
kill -0 "$daemon" || failed "a faulty file ended the daemon"
echo "nor does one that it must refuse"

kill "$daemon"
within 20 gone
dpkg --purge holdfast holdfast-ctl holdfast-doc >/dev/null 2>&1 || failed "removal"
for path in /usr/sbin/holdfastd /usr/libexec/holdfast /var/lib/holdfast /usr/share/doc/holdfast; do
  [ ! -e "$path" ] || failed "$path is left"
done
[ -e /etc/holdfast/holdfast.yaml ] || failed "the configuration is gone"
echo "what was installed is gone; the configuration is not"
