/** What the user asks for, checked before work begins. */
package io.latentsync.job.request;
