# carrybit_need(PACKAGE target debian-package [find_package arguments...]):
# find a library as an imported target, or stop with one line that names the Debian package to install.

macro(carrybit_need package target debian)
  if(NOT TARGET ${target})
    find_package(${package} ${ARGN} QUIET)
    if(NOT TARGET ${target})
      message(FATAL_ERROR "${package} was not found: install the Debian package ${debian} (or run scripts/setup.sh).")
    endif()
  endif()
endmacro()
