/** Holds the testkit against itself and against the JDK. */
@NullMarked
package io.terminator.testkit;

import org.jspecify.annotations.NullMarked;
