# The same bits on every machine: refuse every flag that lets the compiler change a floating-point result.

set(CARRYBIT_FORBIDDEN_FLAGS
  -ffast-math -Ofast -funsafe-math-optimizations -fassociative-math -freciprocal-math -ffinite-math-only
  -fno-signed-zeros -fcx-limited-range -ffp-contract=fast -ffp-contract=on -ffp-model=fast -mfpmath=387 -mrecip)

string(TOUPPER "${CMAKE_BUILD_TYPE}" config)
foreach(variable IN ITEMS CMAKE_CXX_FLAGS CMAKE_CXX_FLAGS_${config} CMAKE_EXE_LINKER_FLAGS CMAKE_SHARED_LINKER_FLAGS)
  foreach(flag IN LISTS CARRYBIT_FORBIDDEN_FLAGS)
    if(" ${${variable}} " MATCHES " ${flag}[ =]")
      message(FATAL_ERROR "${variable} contains ${flag}: Carrybit promises the same bits everywhere; remove that flag.")
    endif()
  endforeach()
endforeach()

include(CheckCXXSourceCompiles)
check_cxx_source_compiles([[
#include <cfloat>
#include <limits>
#if defined(__FAST_MATH__) || FLT_EVAL_METHOD != 0
#error
#endif
static_assert(std::numeric_limits<double>::is_iec559 && std::numeric_limits<float>::is_iec559);
int main() {}
]] CARRYBIT_IEEE_ARITHMETIC)
if(NOT CARRYBIT_IEEE_ARITHMETIC)
  message(FATAL_ERROR "This compiler, with these flags, does not evaluate float and double in IEEE 754 arithmetic of their own width.")
endif()
