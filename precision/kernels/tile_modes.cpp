// Which loop runs for which mode, and the dispatch to the widest instruction set of the machine.

#include "precision/kernels/tiles.hpp"

#define HWY_DISABLED_TARGETS \
  (HWY_SSSE3 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "precision/kernels/tile_modes.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
#include "precision/kernels/tile_loops-inl.hpp"
#include "precision/kernels/tile_mode_ops-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace carrybit::kernels::HWY_NAMESPACE {

/// Pairwise sums are not fused.
template <class Ops, class Fused>
bool Either(const Tile& t) {
  return t.fused ? RunSequential<Fused>(t) : Run<Ops>(t);
}

template <class T, Rounding mode>
bool Chopped(const Tile& t) {
  return Either<ChoppedOps<T, mode, false>, ChoppedOps<T, mode, true>>(t);
}
template <class T, Rounding mode>
bool Sticky(const Tile& t) {
  return Either<StickyOps<T, mode, false>, StickyOps<T, mode, true>>(t);
}

template <class T>
bool ChoppedInMode(const Tile& t) {
  switch (t.mode) {
    case Rounding::rz: return Chopped<T, Rounding::rz>(t);
    case Rounding::ru: return Chopped<T, Rounding::ru>(t);
    case Rounding::rd: return Chopped<T, Rounding::rd>(t);
    case Rounding::rna: return Chopped<T, Rounding::rna>(t);
    case Rounding::rnz: return Sticky<T, Rounding::rnz>(t);
    case Rounding::ro: return Sticky<T, Rounding::ro>(t);
    case Rounding::rne: return RunSequential<StickyOps<T, Rounding::rne, true>>(t);
    case Rounding::sr: break;
  }
  return false;
}

bool WholeInMode(const Tile& t) {
  switch (t.mode) {
    case Rounding::rz: return RunWhole<WholeChoppedOps<Rounding::rz>>(t);
    case Rounding::ru: return RunWhole<WholeChoppedOps<Rounding::ru>>(t);
    case Rounding::rd: return RunWhole<WholeChoppedOps<Rounding::rd>>(t);
    case Rounding::rna: return RunWhole<WholeChoppedOps<Rounding::rna>>(t);
    case Rounding::rnz: return RunWhole<WholeChoppedOps<Rounding::rnz>>(t);
    case Rounding::ro: return RunWhole<WholeChoppedOps<Rounding::ro>>(t);
    case Rounding::rne:
    case Rounding::sr: break;
  }
  return false;
}

bool RunFloatsInMode(const Tile& t) {
  return t.kind == Kind::chopped ? ChoppedInMode<float>(t) : Run<FixedChoppedOps<float>>(t);
}

bool RunDoublesInMode(const Tile& t) {
  return t.kind == Kind::chopped         ? ChoppedInMode<double>(t)
         : t.kind == Kind::whole_chopped ? WholeInMode(t)
                                         : Run<FixedChoppedOps<double>>(t);
}

}  // namespace carrybit::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace carrybit::kernels {

HWY_EXPORT(RunFloatsInMode);
HWY_EXPORT(RunDoublesInMode);

bool run_tile_in_mode(Lane lane, const Tile& tile) {
  return lane == Lane::float32 ? HWY_DYNAMIC_DISPATCH(RunFloatsInMode)(tile)
                               : HWY_DYNAMIC_DISPATCH(RunDoublesInMode)(tile);
}

}  // namespace carrybit::kernels
#endif
