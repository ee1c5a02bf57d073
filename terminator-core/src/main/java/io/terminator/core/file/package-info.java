/**
 * The one way in which the appliance reads files that somebody else can put there. Support: imports no phase, and no worker
 * calls it.
 */
@NullMarked
package io.terminator.core.file;

import org.jspecify.annotations.NullMarked;
