// Which loop runs for which kind of tile (rounding to nearest even, and what the hardware's own modes do
// with the same loops), and the dispatch to the widest instruction set of the machine.

#include "precision/kernels/tiles.hpp"

#include "precision/kernels/hardware_mode.hpp"

// SSSE3 adds nothing over the portable code here; SVE's vectors have no size to put in an array.
#define HWY_DISABLED_TARGETS \
  (HWY_SSSE3 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "precision/kernels/tiles.cpp"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"
#include "precision/kernels/tile_loops-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace carrybit::kernels::HWY_NAMESPACE {

bool mostly_clamped(const Tile& t) { return t.clamped_count > most_clamped(t.terms); }

bool RunFloats(const Tile& t) {
  switch (t.kind) {
    case Kind::rounded:
      return mostly_clamped(t) ? Run<ClampedOps<float>>(t) : Run<RoundedOps<float>>(t);
    case Kind::exact_terms: return Run<ExactTermsOps<float>>(t);
    case Kind::native: return Run<NativeOps<float, false>>(t);
    case Kind::native_fused: return Run<NativeOps<float, true>>(t);
    case Kind::fixed: return RunSequential<FixedOps<float>>(t);
    case Kind::fixed_fused: return RunSequential<FixedFusedOps<float>>(t);
    case Kind::saturating: return Run<SaturatingOps<float>>(t);
    case Kind::half: return Run<HalfOps>(t);
    case Kind::top_bits: return Run<TopBitsOps>(t);
    default: return false;
  }
}

bool RunDoubles(const Tile& t) {
  switch (t.kind) {
    case Kind::rounded:
      return mostly_clamped(t) ? Run<ClampedOps<double>>(t) : Run<RoundedOps<double>>(t);
    case Kind::exact_terms: return Run<ExactTermsOps<double>>(t);
    case Kind::fixed: return RunSequential<FixedOps<double>>(t);
    case Kind::fixed_fused: return RunSequential<FixedFusedOps<double>>(t);
    case Kind::saturating: return Run<SaturatingOps<double>>(t);
    case Kind::whole:
    case Kind::halves: return RunWhole<WholeOps<double>>(t);
    case Kind::whole_fixed: return RunWhole<FixedOps<double>>(t);
    case Kind::whole_rounded: return RunWhole<WholeRoundedOps<double>>(t);
    case Kind::ieee: return Run<IeeeOps>(t);
    case Kind::general: return t.fused ? Run<GeneralOps<true>>(t) : Run<GeneralOps<false>>(t);
    default: return false;
  }
}

std::size_t FloatColumns() { return 2 * hn::Lanes(hn::ScalableTag<float>()); }
std::size_t DoubleColumns() { return 2 * hn::Lanes(hn::ScalableTag<double>()); }
bool Fuses() { return HWY_TARGET <= HWY_AVX2 || HWY_TARGET == HWY_NEON; }
bool ConvertsHalves() { return converts_halves; }
const char* Name() { return hwy::TargetName(HWY_TARGET); }

}  // namespace carrybit::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace carrybit::kernels {

HWY_EXPORT(RunFloats);
HWY_EXPORT(RunDoubles);
HWY_EXPORT(FloatColumns);
HWY_EXPORT(DoubleColumns);
HWY_EXPORT(Fuses);
HWY_EXPORT(ConvertsHalves);
HWY_EXPORT(Name);

std::size_t tile_columns(Lane lane) {
  return lane == Lane::float32 ? HWY_DYNAMIC_DISPATCH(FloatColumns)()
                               : HWY_DYNAMIC_DISPATCH(DoubleColumns)();
}
bool target_converts_halves() { return HWY_DYNAMIC_DISPATCH(ConvertsHalves)(); }
bool target_fuses() { return HWY_DYNAMIC_DISPATCH(Fuses)(); }
const char* target_name() { return HWY_DYNAMIC_DISPATCH(Name)(); }
bool run_tile(Lane lane, const Tile& tile) {
  const HardwareMode mode(tile.hardware);
  if (tile.kind >= Kind::chopped) {
    return run_tile_in_mode(lane, tile);
  }
  return lane == Lane::float32 ? HWY_DYNAMIC_DISPATCH(RunFloats)(tile)
                               : HWY_DYNAMIC_DISPATCH(RunDoubles)(tile);
}

}  // namespace carrybit::kernels
#endif
