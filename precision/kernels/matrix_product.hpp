#pragma once
// C = A B with every product and every sum rounded: the array form of the lane engine, on vector
// instructions (Highway picks the machine's instruction set at run time). The same bits as the exact
// engine, on every machine.
//
// Fast loops rest on facts about the numbers at hand: that nothing overflows, that no product is
// subnormal, that a sum fits. The facts are measured for every tile; a tile for which they do not hold
// takes a slower loop, in the last resort the scalar lane operations.

#include <cstddef>
#include <cstdint>
#include <memory>

#include "precision/format.hpp"
#include "precision/rounding.hpp"

namespace carrybit::kernels {

/// In which order the terms of c = +0 + a_0 b_0 + a_1 b_1 + ... are added.
enum class Order : std::uint8_t {
  sequential,  // left to right, each partial sum rounded
  pairwise,    // halves (split at floor(n/2)) summed separately, each partial sum rounded
  exact        // rounded once
};

/// A format and a mode for products, and for sums.
struct Rule {
  Format product;
  Rounding product_rounding = Rounding::rne;
  Format sum;
  Rounding sum_rounding = Rounding::rne;
  bool fused = false;  // products are not rounded before they are added (pairwise: ignored)
  Order order = Order::sequential;
};

/// How many tiles took which way; for tests and benchmarks.
struct Tally {
  std::uint64_t fast = 0;     // nothing out of the ordinary
  std::uint64_t careful = 0;  // full care, still in vectors
  std::uint64_t scalar = 0;
};

/// Where only a triangle of a product is wanted: column i has no row, or no term, after `offset` + i. (Such
/// rows may be written or not; such terms of b must be +0, and change nothing: see zero_terms_vanish. Whole panels beyond are spared.)
struct Triangle {
  enum class Of : std::uint8_t { none, rows, terms };
  Of of = Of::none;
  int offset = 0;
};

/// The left operand, measured and packed, and how to multiply by it. `multiply` may run on many threads
/// at once; no result depends on how the columns are divided among calls.
///
/// Value is `double` (any numbers of formats that float64 carries, see precision/operation.hpp) or
/// `std::int64_t` (integers m of one fixed-point format of up to 63 bits, the rule's for everything).
template <class Value>
class MatrixProduct {
 public:
  /// No stochastic rounding, and formats that the carrier of Value holds.
  static bool supports(const Rule& rule);

  /// `a`: rows x terms, row by row. The rule must be supported.
  MatrixProduct(const Rule& rule, const Value* a, int rows, int terms);
  /// By the rule of `like`, which has been thought about.
  MatrixProduct(const MatrixProduct& like, const Value* a, int rows, int terms);
  ~MatrixProduct();
  MatrixProduct(MatrixProduct&&) noexcept;
  MatrixProduct& operator=(MatrixProduct&&) noexcept;

  /// c[r * c_stride + i] = the sum over k of a[r][k] b[k * b_stride + i], for i < columns.
  /// `faults`: where to count faults of `:trap` formats, or null.
  void multiply(const Value* b, std::size_t b_stride, std::size_t columns, Value* c,
                std::size_t c_stride, std::uint64_t* faults = nullptr, Tally* tally = nullptr,
                Triangle triangle = {}) const;

  int rows() const;
  int terms() const;
  /// Can a term w * (+0), w finite, change no bit of any sum? Where it can, it changes sums of zero only.
  bool zero_terms_vanish() const;

 private:
  class Body;
  std::unique_ptr<const Body> body_;
};

extern template class MatrixProduct<double>;
extern template class MatrixProduct<std::int64_t>;

/// The instruction set in use, for reports: "AVX2", "AVX3" (AVX-512), "SSE4", ...
const char* instruction_set();

}  // namespace carrybit::kernels
