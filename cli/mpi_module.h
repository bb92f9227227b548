#pragma once

#include <cstdint>

// The part of the program that is linked with Open MPI. It is loaded only where mpirun started the
// process, so that no other run pays for loading Open MPI. All return 0, or another number for a
// failure.

extern "C" {

using rung_mpi_take_function = void (*)(void* into, const char* text, std::uint64_t size);

/// Tells the process's rank and the number of all.
int rung_mpi_join(int* rank, int* size);
using rung_mpi_join_function = decltype(&rung_mpi_join);

/// Hands over the texts of all ranks in their order. Every rank must call it.
int rung_mpi_exchange(const char* text, std::uint64_t size, rung_mpi_take_function take,
                      void* into);
using rung_mpi_exchange_function = decltype(&rung_mpi_exchange);

void rung_mpi_leave();
using rung_mpi_leave_function = decltype(&rung_mpi_leave);
}
