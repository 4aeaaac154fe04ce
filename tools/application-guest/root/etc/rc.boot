#!/bin/sh
# What a service manager would have done for the servers.
mkdir -p /dev/shm /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs tmpfs /tmp
chmod 1777 /tmp /dev/shm
busybox ip link set lo up
hostname stillpoint-databases
install -d -o postgres -g postgres -m 2775 /run/postgresql
install -d -o mysql -g mysql /run/mysqld
install -d -o redis -g redis /run/redis
ln -s /proc/self/fd /dev/fd
