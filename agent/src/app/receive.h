// `tandem-agent receive <path>`: takes a file over a pipe, verified block by block and resumable.
//
// host:  {"size":N,"blockBytes":B}
// agent: {"state":"new|partial|complete","blocks":["<16 hex digits>",...],"freeBytes":N}
// host:  {"from":offset}                    a multiple of B that the agent holds, or N when all is there; 0
// restarts host:  for each block its bytes, then their hash, 8 bytes little-endian agent: {"received":bytes}
// after each block, at the end {"done":true,"bytes":N} agent:
// {"error":{"code":...,"message":...,"context":{...}}} instead of any of these, and the status is 1
//
// Hashes are XXH64 with seed 0. Until the end the data are in <path>.part; complete blocks stay there
// whatever happens. <path>.blocks keeps the hashes of the finished file.
#pragma once

#include <string>

namespace tandem::app {

// Gives the exit status. Ignores SIGPIPE for the whole process: a host that is gone must not end it half-way.
int receive_main(const std::string& path, int in_fd, int out_fd);

}  // namespace tandem::app
