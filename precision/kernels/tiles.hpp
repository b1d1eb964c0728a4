#pragma once
// The innermost loops: a tile of 4 rows times two vectors of columns, written once and compiled for
// every instruction set (tiles.cpp). A tile function is right only where its caller has shown what
// its kind asks for; matrix_product.cpp does, from facts measured on the operands.

#include <cstddef>
#include <cstdint>

#include "precision/rounding.hpp"

namespace carrybit::kernels {

inline constexpr int tile_rows = 4;
/// Columns of a tile on the widest target, for buffers.
inline constexpr std::size_t max_tile_columns = 32;

/// What the lanes of a tile are.
enum class Lane : std::uint8_t { float32, float64 };

/// How a tile computes; P is the number of significand bits of its lanes.
enum class Kind : std::uint8_t {
  rounded,        // floats, rne: products and sums rounded, P >= 2p + 2, nothing overflows
  exact_terms,    // the same where every product is a value of both formats
  native,         // the format is the lanes' own
  native_fused,   // the same, fused
  fixed,          // one quantum; nothing saturates; |sums| < 2^(P-2) quanta
  fixed_fused,    // the same, fused
  saturating,     // one quantum, saturating, rne
  whole,          // sums exact in the lanes, rounded once at the end
  whole_rounded,  // the same, of products rounded as by `rounded`
  whole_fixed,    // the same, of products rounded as by `fixed`
  halves,         // exact in two sums: x = x1 + x2, both sums exact; rounded once
  ieee,           // floats, rne, infinities and NaN or saturation, in float64 lanes
  half,           // the same for binary16, in float32 lanes
  top_bits,  // for formats that are the first bits of binary32; products exact in float32 lanes
  general,   // any format and mode but `sr`, in float64 lanes; says where something overflowed
  chopped,   // floats, any mode: products exact in the lanes, nothing overflows
  whole_chopped,  // exact sums of products rounded so
  fixed_chopped   // one quantum, saturating, rz, rna or rnz; products exact in the lanes
};

/// Rounding to a format in lanes, whatever the mode: see tile_rounder-inl.hpp.
struct RounderNumbers {
  Rounding mode = Rounding::rne;
  std::uint64_t scale = 0;   // added to the bits of a power of two: times 1.5 * 2^(53 - p)
  double low = 0, high = 0;  // the powers of two between which the quantum grows
  double unit = 0;           // 2^(1 - p): a binade's quantum
  double flush_below = 0;    // smaller results become zero
  double lowest = 0, largest = 0;
  double bound = 0, beyond = 0;  // `ieee`: from |x| >= bound on, the result
};

struct TileNumbers {
  double product_shrink = 0, product_grow = 0;  // 1 - 2^k and 2^k, k = P - p
  double sum_shrink = 0, sum_grow = 0;
  double clamp = 0;                    // 1.5 * 2^(P-1) quanta of the products
  double magic = 0;                    // the same of the sums
  int product_drop = 0, sum_drop = 0;  // P - p
  double before = 0;  // `fixed_chopped`: what rounds magnitudes before their fraction goes
  double product_low = 0, product_high = 0, sum_low = 0, sum_high = 0;  // saturating
  RounderNumbers product, sum;
};

/// One tile: sums[r][c] = sum over k < terms of weights[k][r] * panel[index[k]][c].
struct Tile {
  Kind kind = Kind::general;
  bool pairwise = false;
  bool fused = false;                 // `general` and `chopped`: products are not rounded
  Rounding mode = Rounding::rne;      // `chopped` and `whole_chopped`
  Rounding hardware = Rounding::rne;  // of the processor while terms are added
  int terms = 0;
  int range = 0;                  // pairwise: the length of the full row
  const int* index = nullptr;     // ascending
  const void* weights = nullptr;  // [term][row]; `rounded`: w (1 - 2^k)
  const void* grown = nullptr;    // `rounded`: w 2^k
  const void* panel = nullptr;    // [index][column]
  const void* rest = nullptr;     // `halves`: x2
  const int* clamped = nullptr;   // `rounded`: the terms whose products may be subnormal, ascending
  int clamped_count = 0;
  int check_every = 0;     // terms between looks at the sums; 0: never
  double check_limit = 0;  // sums of a larger magnitude make the tile false
  const TileNumbers* numbers = nullptr;
  void* sums = nullptr;  // [row][column] of the lanes' type
};

/// Tiles of kind `rounded` with more subnormal terms take care with every term.
constexpr int most_clamped(int terms) { return terms / 8; }

/// Columns of a tile on the machine at hand.
std::size_t tile_columns(Lane lane);
/// Does it multiply and add with one rounding?
bool target_fuses();
/// Does it convert to binary16 and back?
bool target_converts_halves();
/// False where a sum exceeded check_limit, or a `general` or exact result overflowed: such a tile must be
/// done another way.
bool run_tile(Lane lane, const Tile& tile);
/// The same for the kinds `chopped` and after; run_tile calls it.
bool run_tile_in_mode(Lane lane, const Tile& tile);

/// Names of the instruction sets this machine can use; the first is used.
const char* target_name();

}  // namespace carrybit::kernels
