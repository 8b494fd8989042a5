/**
 * Runs the tutorials, Jupyter notebooks of Java cells, where there is no Jupyter: with the JDK's
 * own JShell.
 */
package io.latentsync.notebook;
