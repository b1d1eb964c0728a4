// The loops over terms: how a tile is gone through, whatever its ops do to a vector. Included once for
// every instruction set by tiles.cpp and tile_modes.cpp.

#if defined(CARRYBIT_TILE_LOOPS) == defined(HWY_TARGET_TOGGLE)
#ifdef CARRYBIT_TILE_LOOPS
#undef CARRYBIT_TILE_LOOPS
#else
#define CARRYBIT_TILE_LOOPS
#endif

#include "precision/kernels/tile_ops-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace carrybit::kernels::HWY_NAMESPACE {

/// The sums of a tile between two spans of terms: two vectors a row, four rows.
template <class V>
struct Sums {
  V v00, v01, v10, v11, v20, v21, v30, v31;
};

template <class Ops>
using SumsOf = Sums<typename Ops::V>;

template <class V>
HWY_INLINE Sums<V> All(V v) {
  return {v, v, v, v, v, v, v, v};
}

/// Where the operands of term k are.
template <class Ops>
struct Term {
  using T = typename Ops::Lane;
  using V = typename Ops::V;
  using D = typename Ops::D;
  HWY_INLINE Term(const Tile& t, const void* panel, int k)
      : x(static_cast<const T*>(panel) + static_cast<std::size_t>(t.index[k]) * 2 * hn::Lanes(D())),
        w(static_cast<const T*>(t.weights) + k * tile_rows),
        grown(static_cast<const T*>(t.grown) + (Ops::pairs ? k * tile_rows : 0)) {}
  HWY_INLINE V X0() const { return hn::Load(D(), x); }
  HWY_INLINE V X1() const { return hn::Load(D(), x + hn::Lanes(D())); }
  HWY_INLINE typename Ops::Weight Row(int r) const {
    return Ops::Load(w + r, grown + (Ops::pairs ? r : 0));
  }
  const T* x;
  const T* w;
  const T* grown;
};

template <class Ops>
HWY_INLINE typename Ops::V OtherStep(Ops& ops, typename Ops::V sum, const typename Ops::Weight& w,
                                     typename Ops::V x) {
  if constexpr (Ops::two_ways) {
    return ops.OtherStep(sum, w, x);
  } else {
    return ops.Step(sum, w, x);
  }
}

/// Terms first .. last - 1, with a look at the sums after every multiple of `every`. A function of its own,
/// so that the sums are registers here.
template <class Ops>
HWY_NOINLINE void Span(Ops& ops, const Tile& t, const void* panel, int first, int last,
                       SumsOf<Ops>& s, typename Ops::V& tracked) {
  using V = typename Ops::V;
  V a0 = s.v00, a1 = s.v01, b0 = s.v10, b1 = s.v11;
  V c0 = s.v20, c1 = s.v21, d0 = s.v30, d1 = s.v31;
  const int every = t.check_every;
  while (first < last) {
    const int next = every == 0 ? last : first - first % every + every;
    const int stop = next < last ? next : last;
    for (int k = first; k < stop; ++k) {
      const Term<Ops> term(t, panel, k);
      const V x0 = term.X0();
      const V x1 = term.X1();
      const auto w0 = term.Row(0);
      a0 = ops.Step(a0, w0, x0);
      a1 = OtherStep(ops, a1, w0, x1);
      const auto w1 = term.Row(1);
      b0 = ops.Step(b0, w1, x0);
      b1 = OtherStep(ops, b1, w1, x1);
      const auto w2 = term.Row(2);
      c0 = ops.Step(c0, w2, x0);
      c1 = OtherStep(ops, c1, w2, x1);
      const auto w3 = term.Row(3);
      d0 = ops.Step(d0, w3, x0);
      d1 = OtherStep(ops, d1, w3, x1);
    }
    const int n = stop - first;
    a0 = ops.Rest(a0, n);
    a1 = ops.Rest(a1, n);
    b0 = ops.Rest(b0, n);
    b1 = ops.Rest(b1, n);
    c0 = ops.Rest(c0, n);
    c1 = ops.Rest(c1, n);
    d0 = ops.Rest(d0, n);
    d1 = ops.Rest(d1, n);
    if (every != 0) {
      V most = ops.Track(tracked, a0);
      most = ops.Track(most, a1);
      most = ops.Track(most, b0);
      most = ops.Track(most, b1);
      most = ops.Track(most, c0);
      most = ops.Track(most, c1);
      most = ops.Track(most, d0);
      tracked = ops.Track(most, d1);
    }
    first = stop;
  }
  s = {a0, a1, b0, b1, c0, c1, d0, d1};
}

/// The products of term k, some of which may be subnormal.
template <class Ops>
HWY_NOINLINE void SmallTerm(const Ops& ops, const Tile& t, const void* panel, int k,
                            SumsOf<Ops>& s) {
  const Term<Ops> term(t, panel, k);
  const auto x0 = term.X0();
  const auto x1 = term.X1();
  s.v00 = ops.SmallProduct(term.Row(0), x0);
  s.v01 = ops.SmallProduct(term.Row(0), x1);
  s.v10 = ops.SmallProduct(term.Row(1), x0);
  s.v11 = ops.SmallProduct(term.Row(1), x1);
  s.v20 = ops.SmallProduct(term.Row(2), x0);
  s.v21 = ops.SmallProduct(term.Row(2), x1);
  s.v30 = ops.SmallProduct(term.Row(3), x0);
  s.v31 = ops.SmallProduct(term.Row(3), x1);
}

template <class Ops>
HWY_INLINE SumsOf<Ops> Both(Ops& ops, const SumsOf<Ops>& a, const SumsOf<Ops>& b) {
  return {ops.Add(a.v00, b.v00), ops.Add(a.v01, b.v01), ops.Add(a.v10, b.v10),
          ops.Add(a.v11, b.v11), ops.Add(a.v20, b.v20), ops.Add(a.v21, b.v21),
          ops.Add(a.v30, b.v30), ops.Add(a.v31, b.v31)};
}

/// All terms, those in t.clamped with care. False where the sums were seen to be too large.
template <class Ops>
HWY_INLINE bool Sequential(Ops& ops, const Tile& t, const void* panel, SumsOf<Ops>& s) {
  s = All(ops.Start());
  typename Ops::V most = hn::Zero(typename Ops::D());
  int first = 0;
  if constexpr (Ops::clamps) {
    for (int i = 0; i < t.clamped_count; ++i) {
      const int k = t.clamped[i];
      Span(ops, t, panel, first, k, s, most);
      SumsOf<Ops> small = s;
      SmallTerm(ops, t, panel, k, small);
      s = Both(ops, s, small);
      first = k + 1;
    }
  }
  Span(ops, t, panel, first, t.terms, s, most);
  s = {ops.Finish(s.v00), ops.Finish(s.v01), ops.Finish(s.v10), ops.Finish(s.v11),
       ops.Finish(s.v20), ops.Finish(s.v21), ops.Finish(s.v30), ops.Finish(s.v31)};
  return t.check_every == 0 || ops.Within(most, t.check_limit);
}

template <class D, class V>
HWY_INLINE void StoreSums(D d, const Sums<V>& s, void* out) {
  using T = hn::TFromD<D>;
  T* to = static_cast<T*>(out);
  const std::size_t n = hn::Lanes(d);
  const V all[8] = {s.v00, s.v01, s.v10, s.v11, s.v20, s.v21, s.v30, s.v31};
  for (std::size_t i = 0; i < 8; ++i) {
    hn::Store(all[i], d, to + i * n);
  }
}

/// A pairwise sum over the row, whose entries in [low, high) are [first, last).
template <class Ops>
class Pairwise {
  using V = typename Ops::V;

 public:
  Pairwise(Ops& ops, const Tile& t) : ops_(ops), t_(t) {}

  Sums<V> Whole() {
    const Sums<V> zeros = All(hn::Zero(typename Ops::D()));
    Sums<V> tree = zeros;
    Range(0, t_.terms, 0, t_.range, tree);
    return Both(ops_, zeros, tree);
  }

 private:
  void Leaf(int k, Sums<V>& out) {
    if constexpr (Ops::clamps) {
      while (next_ < t_.clamped_count && t_.clamped[next_] < k) {
        ++next_;
      }
      if (next_ < t_.clamped_count && t_.clamped[next_] == k) {
        SmallTerm(ops_, t_, t_.panel, k, out);
        return;
      }
    }
    const ::carrybit::kernels::HWY_NAMESPACE::Term<Ops> term(t_, t_.panel, k);
    const V x0 = term.X0();
    const V x1 = term.X1();
    const auto w0 = term.Row(0);
    const auto w1 = term.Row(1);
    const auto w2 = term.Row(2);
    const auto w3 = term.Row(3);
    out = {ops_.Product(w0, x0), ops_.Product(w0, x1), ops_.Product(w1, x0), ops_.Product(w1, x1),
           ops_.Product(w2, x0), ops_.Product(w2, x1), ops_.Product(w3, x0), ops_.Product(w3, x1)};
  }
  void Range(int first, int last, int low, int high, Sums<V>& out) {
    if (first == last) {
      out = All(hn::Zero(typename Ops::D()));
      return;
    }
    if (high - low == 1) {
      Leaf(first, out);
      return;
    }
    const int middle = low + (high - low) / 2;
    int split = first;
    while (split < last && t_.index[split] < middle) {
      ++split;
    }
    Sums<V> right;
    Range(first, split, low, middle, out);
    Range(split, last, middle, high, right);
    out = Both(ops_, out, right);
  }

  Ops& ops_;
  const Tile& t_;
  int next_ = 0;
};

template <class Ops>
HWY_NOINLINE bool RunPairwise(const Tile& t) {
  Ops ops(*t.numbers);
  Pairwise<Ops> tree(ops, t);
  StoreSums(typename Ops::D(), tree.Whole(), t.sums);
  return ops.InRange();
}

template <class Ops>
HWY_NOINLINE bool RunSequential(const Tile& t) {
  Ops ops(*t.numbers);
  SumsOf<Ops> s;
  const bool within = Sequential(ops, t, t.panel, s);
  StoreSums(typename Ops::D(), s, t.sums);
  return within && ops.InRange();
}

template <class Ops>
bool Run(const Tile& t) {
  return t.pairwise ? RunPairwise<Ops>(t) : RunSequential<Ops>(t);
}

/// Exact sums in `double`, rounded at the end.
template <class Ops>
HWY_NOINLINE bool RunWhole(const Tile& t) {
  Ops ops(*t.numbers);
  Rounder rounder(t.numbers->sum);
  Sums<DoubleVec> s;
  Sequential(ops, t, t.panel, s);
  DoubleVec all[8] = {s.v00, s.v01, s.v10, s.v11, s.v20, s.v21, s.v30, s.v31};
  if (t.kind == Kind::halves) {
    Sums<DoubleVec> r;
    Sequential(ops, t, t.rest, r);
    const DoubleVec rest[8] = {r.v00, r.v01, r.v10, r.v11, r.v20, r.v21, r.v30, r.v31};
    for (int i = 0; i < 8; ++i) {
      const DoubleVec sum = hn::Add(all[i], rest[i]);
      const DoubleVec bb = hn::Sub(sum, all[i]);
      const DoubleVec error = hn::Add(hn::Sub(all[i], hn::Sub(sum, bb)), hn::Sub(rest[i], bb));
      all[i] = Rounder::ToOdd(sum, error);
    }
  }
  double* out = static_cast<double*>(t.sums);
  const Doubles d;
  for (std::size_t i = 0; i < 8; ++i) {
    // An exact sum of zero is +0.
    const DoubleVec sum = hn::Add(all[i], hn::Zero(d));
    hn::Store(hn::IfThenElse(hn::Eq(sum, hn::Zero(d)), sum, rounder.Round(sum)), d,
              out + i * hn::Lanes(d));
  }
  return rounder.InRange();
}

}  // namespace carrybit::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
