# carrybit_precompile(target kind [header...]): the large headers of other libraries are parsed once, by the first target of
# a kind ("library" or "program": one is compiled with -fPIC, the other with -fPIE), and shared by the others. It takes half
# of a clean build's time away. A target with large headers of its own names them, and shares with nobody.
#
# Sources still include what they use: with CARRYBIT_CCACHE, for those who build often, nothing is precompiled.

set(CARRYBIT_LARGE_HEADERS
  algorithm array functional map memory optional span string string_view variant vector
  boost/multiprecision/cpp_int.hpp fmt/format.h)

function(carrybit_precompile target kind)
  if(CARRYBIT_CCACHE)
    return()
  endif()
  # In a precompiled header GCC 12 forgets that the standard library's own lines are not to be warned of (copies of
  # std::string "beyond all memory", GCC bug 105329). The builds through ccache keep these three warnings.
  target_compile_options(${target} PRIVATE
    $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-stringop-overflow;-Wno-stringop-overread;-Wno-array-bounds>)
  get_property(owner GLOBAL PROPERTY CARRYBIT_PRECOMPILED_${kind})
  if(owner AND NOT ARGN)
    target_precompile_headers(${target} REUSE_FROM ${owner})
    return()
  endif()
  set(headers ${CARRYBIT_LARGE_HEADERS} ${ARGN})
  list(TRANSFORM headers REPLACE "(.+)" "$<$<COMPILE_LANGUAGE:CXX>:<\\1$<ANGLE-R>>")
  target_precompile_headers(${target} PRIVATE ${headers})
  if(NOT ARGN)
    set_property(GLOBAL PROPERTY CARRYBIT_PRECOMPILED_${kind} ${target})
  endif()
endfunction()
