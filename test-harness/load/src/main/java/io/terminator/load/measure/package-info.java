/** Reads a process tree's CPU time and memory, and does the arithmetic of the results. */
@NullMarked
package io.terminator.load.measure;

import org.jspecify.annotations.NullMarked;
