#pragma once
// A bench for one primitive at a time: a program whose positions are set by hand, one token long or
// many, and whose channels are read back as logits.

#include <string>
#include <vector>

#include "tests/arith_tasks/constructions/support.hpp"

namespace carrybit::test {

class Bench {
 public:
  /// At least `positions` positions, up to 36 channels to read.
  Bench(int positions, const Arithmetic& arithmetic)
      : Bench(positions, arithmetic, Setting::of(arithmetic)) {}
  Bench(int positions, const Arithmetic& arithmetic, const Setting& setting)
      : arithmetic_(arithmetic),
        program(std::string("bench"), Task::add(36, std::max(1, positions / 3)), setting) {
    one = channel("one", 1);
    program.everywhere(one, 1);
  }

  /// A channel of -top..top.
  Channel channel(const std::string& name, double top) {
    return program.channel(name, Range::integers(-top, top), "");
  }

  /// The values of `outs` at every position after a pass: [position][out].
  std::vector<std::vector<double>> run(const std::vector<Channel>& outs) {
    std::vector<Channel> answer = outs;
    answer.resize(36, outs.front());
    program.answer(answer);
    const Simulator simulator(compile(program), arithmetic_);
    const std::vector<std::vector<int>> tokens = {
        std::vector<int>(static_cast<std::size_t>(program.length()), 0)};
    const auto logits = simulator.logits(tokens);  // a name: the loop must not outlive it
    std::vector<std::vector<double>> values;
    for (const auto& at : logits.front()) {
      values.emplace_back();
      for (std::size_t i = 0; i < outs.size(); ++i) values.back().push_back(at[i].to_double());
    }
    return values;
  }

 private:
  Arithmetic arithmetic_;

 public:
  Program program;
  Channel one;
};

/// For FFN units alone, which need no score gap: nothing but the largest number.
inline Setting without_attention(const Format& format) {
  Setting setting = Setting::symbolic();
  setting.largest = largest_value(format);
  return setting;
}

/// The least fixed-point format for some needs with F fraction bits.
inline Format fixed_for(const Needs& needs, int fraction_bits = 0) {
  return Format::fixed(integer_bits(needs, fraction_bits), fraction_bits);
}

}  // namespace carrybit::test
