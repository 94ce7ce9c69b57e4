// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace holdfast {

// Gives the kernel what is free in this process. The C library keeps free memory that lies below
// memory in use, and after a large one more and more: what was needed to read a configuration, or
// for thousands of routers that took over at once, would stay for good. Takes about a millisecond
// for 10 MB.
void give_back_free_memory();

}  // namespace holdfast
