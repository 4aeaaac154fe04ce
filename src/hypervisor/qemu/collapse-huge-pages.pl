# Makes the guest memory of a QEMU process consist of huge pages again.
# Arguments: process id, size of the guest's memory in MiB.
#
# Perl, because what is needed are two system calls that Node does not offer: pidfd_open(2) and
# process_madvise(2) with MADV_COLLAPSE (Linux 6.1). perl-base is on every Debian machine.
use strict;
use warnings;
no warnings 'portable';    # addresses have more than 32 bits

my ($pid, $memory_mib) = @ARGV;
my ($SYS_pidfd_open, $SYS_process_madvise, $MADV_COLLAPSE) = (434, 440, 25);
my ($page, $huge) = (4096, 2 << 20);
my $per_huge = $huge / $page;
my $huge_per_look = 32;
setpriority(0, 0, 19);

my $pidfd = syscall($SYS_pidfd_open, $pid + 0, 0);
die "pidfd_open: $!\n" if $pidfd < 0;
open(my $maps, '<', "/proc/$pid/maps") or die "maps: $!\n";
open(my $pagemap, '<:raw', "/proc/$pid/pagemap") or die "pagemap: $!\n";

my ($collapsed, $refused, $left) = (0, 0, 0);
my $spare = 0;
while (my $line = <$maps>) {
  # Anonymous, not executable, and large enough to be the guest's memory.
  next unless $line =~ /^([0-9a-f]+)-([0-9a-f]+) rw-p 0+ 00:00 0\s*$/;
  my ($start, $end) = (hex $1, hex $2);
  next if $end - $start < $memory_mib << 20;
  $start = ($start + $huge - 1) & ~($huge - 1);
  for (my $at = $start; $at + $huge <= $end; $at += $huge) {
    unless (in_use($at)) {    # it costs the host memory
      $spare ||= host_has_plenty() ? $huge_per_look : 0;
      $left++, next unless $spare;
      $spare--;
    }
    my $range = pack('QQ', $at, $huge);
    syscall($SYS_process_madvise, $pidfd, $range, 1, $MADV_COLLAPSE, 0) < 0 ? $refused++ : $collapsed++;
  }
}
print "$collapsed collapsed, $refused refused, $left left to the host\n";

# At least half of the small pages hold something of their own: collapsing takes little memory from the host.
# Memory that the guest never used reads as the one shared page of zeros, so its page frame is that of its
# neighbour: collapsing that takes two MiB.
sub in_use {
  my ($at) = @_;
  sysseek($pagemap, $at / $page * 8, 0) or return 0;
  (sysread($pagemap, my $entries, $per_huge * 8) // 0) == $per_huge * 8 or return 0;
  my ($own, $before) = (0, 0);
  for my $entry (unpack('Q*', $entries)) {
    my $frame = $entry & ((1 << 55) - 1);
    $own++ if $entry >> 63 && $frame != $before;
    $before = $frame;
  }
  return $own >= $per_huge / 2;
}

# More than half of the host's memory is available, and of what each control group of the process may use.
sub host_has_plenty {
  my ($total, $available) = map { read_file('/proc/meminfo') =~ /^$_:\s+(\d+)/m } qw(MemTotal MemAvailable);
  return 0 unless $available && $available > $total / 2;
  my ($group) = read_file("/proc/$pid/cgroup") =~ /^0::(.+)$/m;
  for ($group //= ''; $group =~ m{[^/]}; $group =~ s{/[^/]*$}{}) {
    my ($limit) = read_file("/sys/fs/cgroup$group/memory.max") =~ /^(\d+)/ or next;
    return 0 unless read_file("/sys/fs/cgroup$group/memory.current") < $limit / 2;
  }
  return 1;
}

sub read_file {
  my ($name) = @_;
  open(my $file, '<', $name) or return '';
  local $/;
  return <$file> // '';
}
