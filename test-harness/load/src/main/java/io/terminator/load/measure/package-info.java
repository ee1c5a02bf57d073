/** The CPU time and memory of a process tree, and the arithmetic of the results. */
@NullMarked
package io.terminator.load.measure;

import org.jspecify.annotations.NullMarked;
