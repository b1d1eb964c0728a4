#pragma once
// From a prepared model to what a device takes.

#include "sim/device/model.hpp"
#include "sim/double_engine.hpp"
#include "sim/prepared.hpp"

namespace carrybit::device {

/// Why devices do not carry this arithmetic, and what they do: one line; "" where they carry it.
std::string refusal(const Arithmetic& arithmetic);

/// `engine` and `prepared` are of this arithmetic, which devices carry.
Model build(const DoubleEngine& engine, const PreparedModel<double>& prepared,
            const Arithmetic& arithmetic);

}  // namespace carrybit::device
