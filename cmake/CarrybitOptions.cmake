# carrybit_options(target): what every target of ours is compiled with.

if(CARRYBIT_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(CARRYBIT_CCACHE_PROGRAM ccache REQUIRED)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CARRYBIT_CCACHE_PROGRAM}")
endif()

# False alarms of GCC 12: an empty std::optional "may be uninitialized"; "x" + std::string "overlaps" (GCC bug 105651).
set(CARRYBIT_QUIET $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized;-Wno-restrict>)

set(CARRYBIT_SANITIZE_FLAGS "")
if(CARRYBIT_SANITIZE)
  set(CARRYBIT_SANITIZE_FLAGS -fsanitize=${CARRYBIT_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
endif()

# No contraction of a*b+c into one rounding. Public, because the headers hold arithmetic too.
set(CARRYBIT_FP_FLAGS $<$<COMPILE_LANGUAGE:CXX>:-ffp-contract=off>)

function(carrybit_options target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_compile_options(${target} PRIVATE
    ${CARRYBIT_FP_FLAGS}
    $<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wconversion;-Wshadow;-Wnon-virtual-dtor>
    $<$<COMPILE_LANGUAGE:CXX>:${CARRYBIT_QUIET}>
    $<$<AND:$<BOOL:${CARRYBIT_WERROR}>,$<COMPILE_LANGUAGE:CXX>>:-Werror>
    ${CARRYBIT_SANITIZE_FLAGS})
  target_link_options(${target} PRIVATE ${CARRYBIT_SANITIZE_FLAGS})
endfunction()
