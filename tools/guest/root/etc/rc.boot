#!/bin/sh
# Brings the machine up: kernel file systems, modules, data disks, network.
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs -o size=100% tmpfs /tmp
mount -t tmpfs -o size=100% tmpfs /mem

# The build wrote the list in order, dependencies first.
while read -r module; do insmod "/lib/modules/$module" 2>>/tmp/insmod.log; done </lib/modules/order

# Errors only while booting (a serial console is slow under emulation); from here on warnings too.
dmesg -n 5

# A plain mount, so that the kernel replays the journal, and says so, exactly as a real system would.
mount_disk() {
  [ -b "/dev/$1" ] || return 0
  if ! mount -t ext4 "/dev/$1" "/mnt/$2" 2>/tmp/mount.log; then
    state=failed
  elif dmesg | grep -q "EXT4-fs ($1): recovery complete"; then
    state=recovered
  else
    state=clean
  fi
  echo "STILLPOINT-GUEST mount $1 $state" >/dev/console
}
mount_disk vda a
mount_disk vdb b
mount_disk vdc c

ip link set lo up
hostname stillpoint-guest
if [ -d /sys/class/net/eth0 ]; then
  ip link set eth0 up
  udhcpc -i eth0 -b -t 5 -T 1 -A 1 -S -s /etc/udhcpc.script >/dev/null 2>&1 &
fi
