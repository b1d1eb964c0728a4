#pragma once
// Words for messages, by the names the command line has always used for them.

#include "experiments/words.hpp"

namespace carrybit::app {

using carrybit::did_you_mean;
using carrybit::listed;
using carrybit::nearest;
using carrybit::one_line;

}  // namespace carrybit::app
