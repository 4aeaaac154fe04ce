# Listens on a Unix socket for one stream, reads it to its end and throws it away: nothing takes a stream faster.
# Says "listening", "begun" when pages have begun to arrive, and at the end how many bytes came.
use strict;
use warnings;
use IO::Socket::UNIX;

my ($path) = @ARGV;
# The stream begins with a list of the memory's blocks, which is much shorter than this.
my $beforePages = 8192;
$| = 1;
my $server = IO::Socket::UNIX->new(Local => $path, Listen => 1) or die "listen: $!\n";
print "listening\n";
my $stream = $server->accept or die "accept: $!\n";
my ($total, $begun, $bytes) = (0, 0);
while (my $count = sysread($stream, $bytes, 1 << 20)) {
  $total += $count;
  next if $begun || $total < $beforePages;
  $begun = 1;
  print "begun\n";
}
print "$total\n";
