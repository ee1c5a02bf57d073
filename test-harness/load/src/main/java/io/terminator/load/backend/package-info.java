/** The plaintext backend of a measurement: checks what it receives, answers with the pattern. */
@NullMarked
package io.terminator.load.backend;

import org.jspecify.annotations.NullMarked;
