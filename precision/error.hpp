#pragma once
// The one exception for input that cannot be accepted. Its text is one line: what was wrong, where,
// and what would be accepted. The command line turns it into exit status 2.

#include <stdexcept>

namespace carrybit {

struct BadInput : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace carrybit
