#pragma once
// Blocks of independent work on all cores: the one door to threads.

#include <cstddef>
#include <functional>

namespace carrybit {

/// Calls body(i) once for every i in [0, count), in any order, on any thread. Calls must not share what they write. An
/// exception of a body is rethrown here.
///
/// Under the thread sanitizer plain threads take oneTBB's place: Debian's oneTBB is not built with the sanitizer, which would
/// neither see its synchronisation nor be silent about it.
void parallel_for(std::size_t count, const std::function<void(std::size_t)>& body);

/// How many calls of parallel_for's bodies run at once, at most.
std::size_t thread_count();

}  // namespace carrybit
