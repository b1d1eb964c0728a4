// Arithmetics with a name: each paper's assumptions, and two machines'. Where a paper leaves a size
// open the preset picks a small one; the command line's --precision replaces every role's format
// and keeps the rest. What comes from memory of a paper rather than from its text is a modelling
// choice and is marked so in docs/arithmetic.md.

#include <fmt/format.h>

#include <array>

#include "precision/error.hpp"
#include "sim/arithmetic.hpp"

namespace carrybit {

namespace {

constexpr std::array<Preset, 7> table = {{
    {"feng2025", "Feng et al. 2025, arXiv 2410.13857",
     "constant or O(log n) bits a neuron, every operation rounded to nearest, left to right"},
    {"li2024", "Li, Liu, Zhou, Ma 2024, arXiv 2402.12875",
     "saturating, ties to zero, sums left to right, softmax without max subtraction"},
    {"merrill2023", "Merrill and Sabharwal 2023, arXiv 2207.00729, 2310.07923",
     "log-precision floats, each sum exact and truncated once"},
    {"park2026", "Park, Park, Hwang 2026, arXiv 2601.16450",
     "IEEE floats, nearest even, left to right, max subtracted, weights normalised"},
    {"svete2026", "Svete, Merrill, Cotterell, Sabharwal 2026, arXiv 2605.30523",
     "signed fixed point, saturating, ties away from zero, iterative rounding"},
    {"torch-bf16", "PyTorch on bf16 hardware",
     "bf16 storage, fp32 products and sums, softmax in fp32"},
    {"int8-int32", "integer inference hardware",
     "int8 storage, int32 products and sums, probabilities in 7 fraction bits"},
}};

Arithmetic feng2025() { return Arithmetic::uniform(Format::parse("fp16")); }

Arithmetic li2024() {
  Arithmetic a = Arithmetic::uniform(Format::parse("fixed:i4.f4"), Rounding::rnz);
  a.shift = Shift::none;
  a.normalise = Normalise::weights;
  return a;
}

Arithmetic merrill2023() {
  Arithmetic a = Arithmetic::uniform(Format::parse("fp16"), Rounding::rz);
  a.product = Product::fused;
  a.sum = Sum::exact;
  a.normalise = Normalise::weights;
  return a;
}

Arithmetic park2026() {
  Arithmetic a = Arithmetic::uniform(Format::parse("fp16"));
  a.normalise = Normalise::weights;
  return a;
}

Arithmetic svete2026() {
  Arithmetic a = Arithmetic::uniform(Format::parse("fixed:i8.f8"), Rounding::rna);
  a.normalise = Normalise::weights;
  return a;
}

Arithmetic torch_bf16() {
  Arithmetic a = Arithmetic::uniform(Format::parse("bf16"));
  a.products.format = Format::parse("fp32");
  a.accumulator.format = Format::parse("fp32");
  a.probabilities.format = Format::parse("fp32");
  a.product = Product::fused;
  a.normalise = Normalise::weights;
  return a;
}

Arithmetic int8_int32() {
  Arithmetic a = Arithmetic::uniform(Format::parse("int8"));
  a.products.format = Format::parse("int32");
  a.accumulator.format = Format::parse("int32");
  a.probabilities.format = Format::parse("fixed:i0.f7:twos");
  a.normalise = Normalise::weights;
  return a;
}

}  // namespace

std::span<const Preset> presets() { return table; }

Arithmetic preset(std::string_view name) {
  constexpr std::array makers = {feng2025,  li2024,     merrill2023, park2026,
                                 svete2026, torch_bf16, int8_int32};
  std::string accepted;
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i].name == name) {
      Arithmetic a = makers[i]();
      a.label = std::string(name);
      return a;
    }
    accepted += (i == 0 ? "" : ", ") + std::string(table[i].name);
  }
  throw BadInput(fmt::format("'{}' is no preset; accepted: {}", name, accepted));
}

}  // namespace carrybit
