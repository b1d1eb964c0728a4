#include "precision/kernels/matrix_product.hpp"

#include <algorithm>
#include <array>
#include <type_traits>

#include "precision/kernels/operands.hpp"
#include "precision/kernels/plan.hpp"
#include "precision/kernels/scalar.hpp"
#include "precision/operation.hpp"

namespace carrybit::kernels {

namespace {

/// Integers m as the vector loops see them. False where a double cannot hold one.
bool convert(const std::int64_t* m, std::size_t n, double unit, double* out) {
  bool exact = true;
  for (std::size_t i = 0; i < n; ++i) {
    const auto value = static_cast<double>(m[i]);
    exact = exact && std::fabs(value) < 0x1p52;
    out[i] = value * unit;
  }
  return exact;
}
bool convert(const double* x, std::size_t n, double, double* out) {
  std::copy_n(x, n, out);
  return true;
}

/// Four rows of the left operand, packed: [term][row].
struct PackedRows {
  std::vector<int> index;        // the terms, ascending
  std::vector<double> smallest;  // [term]: of the four |w| that are not zero
  bool pairs = false;            // as Kind::rounded wants them
  Aligned<float> floats, grown_floats;
  Aligned<double> doubles, grown_doubles;

  void set_terms(int terms, bool all, const double* least) {
    index.clear();
    smallest.clear();
    for (int k = 0; k < terms; ++k) {
      if (all || std::isfinite(least[k])) {
        index.push_back(k);
        smallest.push_back(least[k]);
      }
    }
  }
  void set_weights(const double* w, int terms, Lane lane, bool in_pairs, const TileNumbers& n) {
    pairs = in_pairs;
    const std::size_t size = index.size() * tile_rows;
    const auto pack = [&](double scale, Aligned<float>& f, Aligned<double>& d) {
      void* out = lane == Lane::float32 ? static_cast<void*>(f.resize(size)) : d.resize(size);
      pack_rows(w, terms, index.data(), static_cast<int>(index.size()), scale, lane, out);
    };
    pack(pairs ? n.product_shrink : 1.0, floats, doubles);
    if (pairs) {
      pack(n.product_grow, grown_floats, grown_doubles);
    }
  }
};

struct Block {
  int first = 0;
  RowFacts facts;
  PackedRows packed;
};

bool may_be_nan(Kind kind) {
  return kind == Kind::ieee || kind == Kind::half || kind == Kind::top_bits ||
         kind == Kind::native || kind == Kind::native_fused;
}
bool in_pairs(Kind kind) { return kind == Kind::rounded || kind == Kind::whole_rounded; }

}  // namespace

template <class Value>
class MatrixProduct<Value>::Body {
 public:
  static constexpr bool integers = !std::is_same_v<Value, double>;

  Body(const Plan& rule_plan, const ScalarDot<Value>& rule_scalar, const Value* a, int row_count,
       int term_count)
      : rows(row_count),
        terms(term_count),
        plan(rule_plan),
        scalar(rule_scalar),
        stride(padded(term_count)) {
    const auto width = static_cast<std::size_t>(terms);
    const auto height = static_cast<std::size_t>((rows + tile_rows - 1) / tile_rows * tile_rows);
    const double unit = integers ? std::ldexp(1.0, -plan.rule().product.fraction_bits) : 1.0;
    if constexpr (integers) {
      raw.assign(a, a + static_cast<std::size_t>(rows) * width);
    }
    weights.resize(height * stride);
    for (std::size_t r = 0; r < static_cast<std::size_t>(rows); ++r) {
      exact = convert(a + r * width, width, unit, weights.data() + r * stride) && exact;
    }
    std::vector<double> smallest(stride);
    for (int first = 0; first < rows; first += tile_rows) {
      add_block(first, smallest);
    }
    plan.prepare(all);
    const Choice usual = plan.choose(all, all);  // against columns of numbers of their own size
    lane = usual.scalar ? Lane::float64 : usual.lane;
    if (lane == Lane::float64) {
      plan.forbid_floats();
    }
    for (Block& b : blocks) {
      const bool pairs = in_pairs(plan.choose(b.facts, b.facts).kind);
      b.packed.set_weights(block_weights(b), terms, lane, pairs, plan.numbers(lane));
    }
  }

  const double* block_weights(const Block& b) const {
    return weights.data() + static_cast<std::size_t>(b.first) * stride;
  }
  const Value* row_weights(int row) const {
    if constexpr (integers) {
      return raw.data() + static_cast<std::size_t>(row) * static_cast<std::size_t>(terms);
    } else {
      return weights.data() + static_cast<std::size_t>(row) * stride;
    }
  }

  int rows;
  int terms;
  Plan plan;
  ScalarDot<Value> scalar;
  std::size_t stride;
  std::vector<Value> raw;  // integers only
  std::vector<double>
      weights;        // as the vector loops see them: [row][stride], rows of zeros at the end
  bool exact = true;  // do they see them all?
  Lane lane = Lane::float64;
  std::vector<Block> blocks;
  RowFacts all;

 private:
  void add_block(int first, std::vector<double>& smallest) {
    Block b;
    b.first = first;
    scan_rows(block_weights(b), terms, b.facts, smallest.data());
    b.packed.set_terms(terms, !plan.skips_zeros() || !b.facts.finite, smallest.data());
    b.facts.terms = static_cast<int>(b.packed.index.size());
    if (b.facts.terms < terms) {  // chunks are now made of other terms
      b.facts.chunk = std::min(b.facts.total, check_chunk * b.facts.largest);
    }
    plan.prepare(b.facts);
    all.add(b.facts);
    all.total = std::max(all.total, b.facts.total);
    all.chunk = std::max(all.chunk, b.facts.chunk);
    all.terms = std::max(all.terms, b.facts.terms);
    blocks.push_back(std::move(b));
  }
};

namespace {

/// One call's work: panels of columns against blocks of rows. Buffers are kept between panels.
template <class Value, class Body>
class Call {
 public:
  Call(const Body& body, const Value* b, std::size_t b_stride, Value* c, std::size_t c_stride,
       std::uint64_t* faults, Triangle triangle)
      : body_(body),
        b_(b),
        b_stride_(b_stride),
        c_(c),
        c_stride_(c_stride),
        faults_(faults),
        triangle_(triangle) {}

  void panel(std::size_t first, std::size_t columns) {
    const int end = triangle_.offset + static_cast<int>(first + columns);  // of the last column
    terms_ = triangle_.of == Triangle::Of::terms ? std::min(body_.terms, end) : body_.terms;
    view(first, columns);
    for (const Block& block : body_.blocks) {
      if (triangle_.of == Triangle::Of::rows && block.first >= end) {
        break;
      }
      Choice choice =
          body_.exact && exact_ ? body_.plan.choose(block.facts, facts_) : Choice::by_scalars();
      if (choice.kind == Kind::halves) {  // one cut for all rows
        choice = body_.plan.choose(body_.all, facts_);
      }
      if (choice.scalar) {
        by_scalars(block, first, columns);
      } else {
        by_tiles(block, choice, first, columns);
      }
    }
  }

  const Tally& tally() const { return tally_; }

 private:
  /// Looks at columns [first, first + columns) of the right operand.
  void view(std::size_t first, std::size_t columns) {
    const Value* x = b_ + first;
    exact_ = true;
    if constexpr (std::is_same_v<Value, double>) {
      panel_ = {x, b_stride_, terms_, columns};
    } else {
      converted_.resize(static_cast<std::size_t>(terms_) * columns);
      for (std::size_t k = 0; k < static_cast<std::size_t>(terms_); ++k) {
        exact_ =
            convert(x + k * b_stride_, columns, 1.0, converted_.data() + k * columns) && exact_;
      }
      panel_ = {converted_.data(), columns, terms_, columns};
    }
    smallest_.resize(static_cast<std::size_t>(terms_));
    const std::size_t size = tile_columns(body_.lane) * static_cast<std::size_t>(terms_);
    void* out = body_.lane == Lane::float32 ? static_cast<void*>(floats_.resize(size))
                                            : doubles_.resize(size);
    scan_panel(panel_, facts_, smallest_.data(), body_.lane, out);
    packed_ = {true, body_.lane, false, 0};
    other_block_ = nullptr;
  }

  void by_scalars(const Block& block, std::size_t first, std::size_t columns) {
    ++tally_.scalar;
    for (int r = block.first; r < std::min(body_.rows, block.first + tile_rows); ++r) {
      for (std::size_t i = first; i < first + columns; ++i) {
        c_[static_cast<std::size_t>(r) * c_stride_ + i] =
            body_.scalar(body_.row_weights(r), b_ + i, b_stride_, terms_, faults_);
      }
    }
  }

  /// A panel is as wide as a tile of the usual lanes: one tile, or two of wider lanes.
  void by_tiles(const Block& block, const Choice& choice, std::size_t first, std::size_t columns) {
    const std::size_t width = tile_columns(choice.lane);
    for (std::size_t at = 0; at < columns; at += width) {
      const std::size_t count = std::min(width, columns - at);
      if (run(block, choice, at, count)) {
        ++(choice.careful ? tally_.careful : tally_.fast);
        store(block, choice, first + at, count);
        continue;
      }
      const Choice again = choice.check_every == 0 ? Choice::by_scalars()
                                                   : body_.plan.choose_again(block.facts, facts_);
      if (again.scalar) {
        by_scalars(block, first + at, count);
        continue;
      }
      const std::size_t narrow = tile_columns(again.lane);
      for (std::size_t part = 0; part < count; part += narrow) {
        const std::size_t some = std::min(narrow, count - part);
        if (run(block, again, at + part, some)) {
          ++tally_.careful;
          store(block, again, first + at + part, some);
        } else {
          by_scalars(block, first + at + part, some);
        }
      }
    }
  }

  /// One tile, into sums_. False where it did not work.
  bool run(const Block& block, const Choice& choice, std::size_t at, std::size_t count) {
    const PackedRows& rows = weights_for(block, choice);
    Tile tile;
    tile.kind = choice.kind;
    tile.pairwise = body_.plan.rule().order == Order::pairwise;
    tile.fused = body_.plan.rule().fused;
    tile.terms = terms_of(rows);
    tile.range = terms_;
    tile.index = rows.index.data();
    const bool floats = choice.lane == Lane::float32;
    tile.weights = floats ? static_cast<const void*>(rows.floats.data()) : rows.doubles.data();
    tile.grown =
        floats ? static_cast<const void*>(rows.grown_floats.data()) : rows.grown_doubles.data();
    const Rule& rule = body_.plan.rule();
    tile.mode = choice.kind == Kind::whole_chopped ? rule.product_rounding : rule.sum_rounding;
    tile.hardware = choice.hardware;
    tile.numbers = &body_.plan.numbers(choice.lane);
    tile.check_every = choice.check_every;
    tile.check_limit = choice.check_limit;
    if (choice.clamp) {
      find_clamped(rows, tile.terms, choice.kind);
      tile.clamped = clamped_.data();
      tile.clamped_count = clamped_count_;
    }
    pack(choice, at, count);
    tile.panel = floats ? static_cast<const void*>(floats_.data()) : doubles_.data();
    tile.rest = rest_.data();
    tile.sums = sums_.data();
    return run_tile(choice.lane, tile);
  }

  /// How many of the rows' terms this panel has.
  int terms_of(const PackedRows& rows) const {
    const auto end = terms_ == body_.terms
                         ? rows.index.end()
                         : std::lower_bound(rows.index.begin(), rows.index.end(), terms_);
    return static_cast<int>(end - rows.index.begin());
  }

  void store(const Block& block, const Choice& choice, std::size_t first, std::size_t count) const {
    const std::size_t width = tile_columns(choice.lane);
    const int rows = std::min(tile_rows, body_.rows - block.first);
    for (int r = 0; r < rows; ++r) {
      Value* out = c_ + static_cast<std::size_t>(block.first + r) * c_stride_ + first;
      const std::size_t from = static_cast<std::size_t>(r) * width;
      if (choice.lane == Lane::float32) {
        store_row(reinterpret_cast<const float*>(sums_.data()) + from, count, choice.kind, out);
      } else {
        store_row(sums_.data() + from, count, choice.kind, out);
      }
    }
  }

  template <class T>
  void store_row(const T* sums, std::size_t count, Kind kind, Value* out) const {
    if constexpr (std::is_same_v<Value, double>) {
      if (!body_.plan.signed_zeros()) {  // one zero
        std::transform(sums, sums + count, out, [](T x) { return static_cast<double>(x) + 0.0; });
        return;
      }
      if (may_be_nan(kind)) {  // one NaN
        std::transform(sums, sums + count, out, [](T x) {
          return x != x ? lane::quiet_nan<double>() : static_cast<double>(x);
        });
        return;
      }
    }
    std::transform(sums, sums + count, out, [](T x) { return static_cast<Value>(x); });
  }

  /// The block as packed once, or packed anew where these columns ask for something else.
  const PackedRows& weights_for(const Block& block, const Choice& choice) {
    const bool pairs = in_pairs(choice.kind);
    if (facts_.finite && choice.lane == body_.lane && pairs == block.packed.pairs) {
      return block.packed;
    }
    if (other_block_ == &block && other_lane_ == choice.lane && rows_.pairs == pairs) {
      return rows_;
    }
    RowFacts facts;
    std::vector<double> smallest(body_.stride);
    const double* w = body_.block_weights(block);
    scan_rows(w, body_.terms, facts, smallest.data());
    rows_.set_terms(body_.terms, !facts_.finite || !facts.finite || !body_.plan.skips_zeros(),
                    smallest.data());
    rows_.set_weights(w, body_.terms, choice.lane, pairs, body_.plan.numbers(choice.lane));
    other_block_ = &block;
    other_lane_ = choice.lane;
    return rows_;
  }

  /// The terms that may have a subnormal product in this panel.
  void find_clamped(const PackedRows& rows, int count, Kind kind) {
    const int enough = kind == Kind::rounded ? most_clamped(count) + 1 : count;
    const double normal = body_.plan.numbers(Lane::float64).product.low;
    const double* least = smallest_.data();
    if (static_cast<int>(rows.index.size()) < body_.terms) {
      gathered_.clear();
      for (int i = 0; i < count; ++i) {
        const int k = rows.index[static_cast<std::size_t>(i)];
        gathered_.push_back(smallest_[static_cast<std::size_t>(k)]);
      }
      least = gathered_.data();
    }
    clamped_.resize(rows.index.size() + 8);
    clamped_count_ =
        find_small(rows.smallest.data(), least, count, normal, enough, clamped_.data());
  }

  /// Columns at .. at + count of the panel, as the tile reads them.
  void pack(const Choice& choice, std::size_t at, std::size_t count) {
    const bool halves = choice.kind == Kind::halves;
    const Packing wanted{true, choice.lane, halves, at};
    if (packed_ == wanted || (choice.lane == Lane::float32 && body_.lane == Lane::float32)) {
      return;
    }
    const Panel part{panel_.x + at, panel_.stride, panel_.terms, count};
    const std::size_t size = tile_columns(choice.lane) * static_cast<std::size_t>(panel_.terms);
    if (halves) {
      split_panel(part, Plan::cut(body_.all, facts_), doubles_.resize(size), rest_.resize(size));
    } else {  // only the usual lanes can be float32, and they were packed at first sight
      pack_panel(part, doubles_.resize(size));
    }
    packed_ = wanted;
  }

  /// What the buffers hold.
  struct Packing {
    bool any = false;
    Lane lane = Lane::float64;
    bool halves = false;
    std::size_t at = 0;
    bool operator==(const Packing&) const = default;
  };

  const Body& body_;
  const Value* b_;
  std::size_t b_stride_;
  Value* c_;
  std::size_t c_stride_;
  std::uint64_t* faults_;
  Triangle triangle_;
  int terms_ = 0;  // of the panel at hand
  Tally tally_;

  Panel panel_;
  bool exact_ = true;
  Facts facts_;
  std::vector<double> converted_, smallest_;
  Packing packed_;
  Aligned<float> floats_;
  Aligned<double> doubles_, rest_;
  std::vector<int> clamped_;
  int clamped_count_ = 0;
  std::vector<double> gathered_;
  PackedRows rows_;  // of other_block_, in other_lane_
  const Block* other_block_ = nullptr;
  Lane other_lane_ = Lane::float64;
  alignas(64) std::array<double, tile_rows * max_tile_columns> sums_;
};

}  // namespace

template <class Value>
bool MatrixProduct<Value>::supports(const Rule& rule) {
  if (rule.product_rounding == Rounding::sr || rule.sum_rounding == Rounding::sr) {
    return false;
  }
  if (std::is_same_v<Value, double>) {
    const bool wraps =
        rule.product.overflow == Overflow::wrap || rule.sum.overflow == Overflow::wrap;
    return carries(carrybit::Carrier::float64, rule.product) &&
           carries(carrybit::Carrier::float64, rule.sum) && (!wraps || rule.product == rule.sum);
  }
  return rule.product == rule.sum && rule.product.is_fixed() && rule.product.precision() <= 63;
}

template <class Value>
MatrixProduct<Value>::MatrixProduct(const Rule& rule, const Value* a, int rows, int terms)
    : body_(std::make_unique<const Body>(Plan(rule, Body::integers), ScalarDot<Value>(rule), a,
                                         rows, terms)) {}
template <class Value>
MatrixProduct<Value>::MatrixProduct(const MatrixProduct& like, const Value* a, int rows, int terms)
    : body_(std::make_unique<const Body>(like.body_->plan.again(), like.body_->scalar, a, rows,
                                         terms)) {}
template <class Value>
MatrixProduct<Value>::~MatrixProduct() = default;
template <class Value>
MatrixProduct<Value>::MatrixProduct(MatrixProduct&&) noexcept = default;
template <class Value>
MatrixProduct<Value>& MatrixProduct<Value>::operator=(MatrixProduct&&) noexcept = default;

template <class Value>
int MatrixProduct<Value>::rows() const {
  return body_->rows;
}
template <class Value>
int MatrixProduct<Value>::terms() const {
  return body_->terms;
}

template <class Value>
bool MatrixProduct<Value>::zero_terms_vanish() const {
  return body_->plan.skips_zeros() && body_->plan.rule().order != Order::pairwise;
}

template <class Value>
void MatrixProduct<Value>::multiply(const Value* b, std::size_t b_stride, std::size_t columns,
                                    Value* c, std::size_t c_stride, std::uint64_t* faults,
                                    Tally* tally, Triangle triangle) const {
  Call<Value, Body> call(*body_, b, b_stride, c, c_stride, faults, triangle);
  const std::size_t width = tile_columns(body_->lane);
  for (std::size_t first = 0; first < columns; first += width) {
    call.panel(first, std::min(width, columns - first));
  }
  if (tally != nullptr) {
    tally->fast += call.tally().fast;
    tally->careful += call.tally().careful;
    tally->scalar += call.tally().scalar;
  }
}

template class MatrixProduct<double>;
template class MatrixProduct<std::int64_t>;

const char* instruction_set() { return target_name(); }

}  // namespace carrybit::kernels
