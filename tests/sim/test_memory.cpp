// Memory is stated and bounded: a limit splits batches and sequences, and no bit depends on it.

#include <doctest/doctest.h>

#include "sim/batch_split.hpp"
#include "sim/simulator.hpp"
#include "tests/sim/random_model.hpp"

using namespace carrybit;

namespace {

bool same(const std::vector<std::vector<std::vector<Number>>>& a,
          const std::vector<std::vector<std::vector<Number>>>& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t t = 0; t < a[i].size(); ++t) {
      for (std::size_t v = 0; v < a[i][t].size(); ++v) {
        if (!identical(a[i][t][v], b[i][t][v])) {
          return false;
        }
      }
    }
  }
  return a.size() == b.size();
}

/// A limit under which the process, as it stands, has so many bytes left.
void leave(Simulator& s, std::uint64_t bytes) { s.limit_memory(process_bytes() + bytes); }

std::string refusal(const Simulator& s, TokenRows tokens) {
  try {
    s.predict(tokens);
  } catch (const BadInput& e) {
    return e.what();
  }
  return "";
}

TEST_CASE("the same bits for every limit: fewer sequences at once, sequences in parts") {
  for (const auto& [format, rounding] :
       std::vector<std::pair<const char*, Rounding>>{{"bf16", Rounding::rne},
                                                     {"fixed:i7.f8", Rounding::rne},
                                                     {"fp16", Rounding::sr},
                                                     {"fixed:i20.f12", Rounding::rz}}) {
    ModelConfig c = tests::gpt2_shape();
    c.max_length = 600;
    c.layers = 1;
    const Weights w = tests::random_model(c, 81);
    std::vector<std::vector<int>> tokens;
    for (std::uint64_t i = 0; i < 3; ++i) {
      tokens.push_back(tests::random_tokens(c, 600, i));
    }
    const Arithmetic a = Arithmetic::uniform(Format::parse(format), rounding);
    CAPTURE(format);
    Simulator s(w, a);
    const auto free = s.logits(tokens, 550);
    const auto late = s.predict(tokens, 20);
    const auto written = s.generate(tokens, 0);
    const BatchCosts costs{8, 2, ""};
    int splits = 0;
    for (const int positions : {600, 256}) {
      const std::uint64_t bytes = session_bytes(c, costs, 1, 600, positions);
      const BatchSplit split = split_batch(c, costs, 3, 600, bytes);
      splits += split.positions < 600 || split.workers < 2 ? 1 : 0;
      leave(s, bytes + 4'000'000);
      CHECK(same(free, s.logits(tokens, 550)));
      CHECK(late == s.predict(tokens, 20));
      CHECK(written == s.generate(tokens, 0));
    }
    CHECK(splits == 2);
  }
}

TEST_CASE("a limit that cannot hold is refused in one line") {
  const ModelConfig c = tests::gpt2_shape();
  Simulator s(tests::random_model(c, 82), Arithmetic::uniform(Format::parse("bf16")));
  const std::vector<std::vector<int>> tokens = {tests::random_tokens(c, 16, 1)};
  CHECK(refusal(s, tokens).empty());
  s.limit_memory(1000);
  CHECK(refusal(s, tokens) ==
        "not enough memory: a sequence of 16 tokens needs 1 MB in double lanes, 0 MB are left of "
        "the limit");
  leave(s, 1'000'000'000);
  CHECK(refusal(s, tokens).empty());
}

TEST_CASE("splits: all threads and full sequences first, then fewer, then parts") {
  ModelConfig c = tests::gpt2_shape();
  c.max_length = 4096;
  const BatchCosts costs{8, 4, ""};
  const auto split = [&](std::uint64_t bytes) { return split_batch(c, costs, 64, 2048, bytes); };
  const BatchSplit free = split(1'000'000'000'000);
  CHECK(free.inputs == 1);
  CHECK(free.workers == 4);
  CHECK(free.positions == 2048);
  const std::uint64_t one = session_bytes(c, costs, 1, 2048, 2048);
  CHECK(split(one).workers == 1);
  CHECK(split(one).positions == 2048);
  CHECK(split(one - 1).positions < 2048);
  CHECK_THROWS_AS(split(session_bytes(c, costs, 1, 2048, 256) - 1), BadInput);
  // Short sequences share a session until memory is short.
  CHECK(split_batch(c, costs, 64, 100, 1'000'000'000'000).inputs == 10);
  CHECK(split_batch(c, costs, 64, 100, session_bytes(c, costs, 2, 100, 100)).inputs == 2);
}

}  // namespace
