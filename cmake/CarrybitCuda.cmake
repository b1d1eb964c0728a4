# With CARRYBIT_CUDA: nvcc, without fused multiply-add, for A100 and H100; the rooms then see CARRYBIT_CUDA defined.

if(NOT CARRYBIT_CUDA)
  return()
endif()

find_program(CMAKE_CUDA_COMPILER nvcc PATHS /usr/local/cuda/bin)
if(NOT CMAKE_CUDA_COMPILER)
  message(FATAL_ERROR "CARRYBIT_CUDA is ON, but there is no nvcc on PATH or in /usr/local/cuda/bin.")
endif()
if(NOT CMAKE_CUDA_ARCHITECTURES)
  set(CMAKE_CUDA_ARCHITECTURES 80 90)
endif()
enable_language(CUDA)
if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION) # CMake 3.25 does not know that nvcc 12 does
  set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
endif()
set(CMAKE_CUDA_STANDARD 20)
set(CMAKE_CUDA_STANDARD_REQUIRED ON)
set(CMAKE_CUDA_EXTENSIONS OFF)
find_package(CUDAToolkit REQUIRED)

add_compile_definitions(CARRYBIT_CUDA=1)
add_compile_options($<$<COMPILE_LANGUAGE:CUDA>:--fmad=false$<SEMICOLON>-Xcompiler=-ffp-contract=off>)
